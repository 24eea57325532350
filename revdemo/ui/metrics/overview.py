"""The models beside the original project's, on films; and the same figures on products."""

from collections.abc import Iterator, Mapping

from revdemo.evaluation import original_project
from revdemo.evaluation.results import Change
from revdemo.intervals import Rate
from revdemo.ui import locale
from revdemo.ui.metrics import model_cards
from revdemo.ui.metrics.blocks import Block, Files, columns, text
from revdemo.ui.metrics.sections import generated, stars
from revdemo.ui.parts import html
from revdemo.ui.parts.tables import Cell, Row, number, table


def overview(files: Files) -> Iterator[Block]:
    """Classifier, generated reviews and perplexity side by side, and the judge's card."""
    parts = []
    if report := files.get("stars"):
        parts.append(stars.summary(report, files.get("judge"), accurate=files.get("accurate")))
    if written := files.get("generated"):
        parts.append(generated.summary(written))
    if generator := files.get("generator"):
        changes = {locale.PERPLEXITY: generator.perplexity, locale.BITS: generator.bits_per_byte}
        parts.append(text(locale.PERPLEXITY_HOW) + _perplexity(changes, generator.ratio))
    if parts:
        yield columns(parts) + _judge(files)


def products(files: Files) -> Iterator[Block]:
    """What holds of reviews of products; the original project's films do not stand beside them."""
    parts = []
    if report := files.get("product stars"):
        larger = files.get("product accurate")
        beside = larger if larger and larger.data == report.data else None
        parts.append(stars.summary(report, original=False, accurate=beside))
    if written := files.get("product generated"):
        parts.append(generated.summary(written, original=False))
    if parts:
        yield text(locale.PRODUCTS_HOW) + columns(parts)


def _perplexity(changes: Mapping[str, Change], ratio: Rate | None) -> str:
    """Perplexity and bits per byte before and after training, beside the original's."""
    rows: list[Row] = [
        [name, number(change.before), number(change.after)] for name, change in changes.items()
    ]
    if ratio:
        rows.append([locale.RATIO, Cell(""), number(ratio, 3)])
    originals = (Cell(locale.number(value, ".2f")) for value in original_project.PERPLEXITY)
    rows.append([locale.ORIGINAL_PERPLEXITY, *originals])
    return table(locale.PERPLEXITY_HEAD, {"": rows}, locale.PERPLEXITY_TABLE)


def _judge(files: Files) -> str:
    """The judge by name, with its card."""
    judge = files.get("judge")
    if judge is None:
        return ""
    about = model_cards.of_judge(judge)
    line = f"<strong>{html.escape(locale.JUDGE)}</strong> {html.escape(about.revision[:8])}"
    return html.disclosed("rd-model", line, model_cards.card(about, files))
