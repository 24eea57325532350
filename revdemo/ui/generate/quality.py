"""The quality of the run shown above, worked out when it is asked for: a run under way is never slowed."""

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr

from revdemo.evaluation import diversity
from revdemo.evaluation.diversity import Agreement, DiversityFigures, Reference
from revdemo.generation.request import Review
from revdemo.intervals import Rate
from revdemo.ui import locale
from revdemo.ui.parts import html
from revdemo.ui.parts.tables import NONE, Cell, Row, table
from revdemo.ui.services.services import Services


class Quality:
    """A closed accordion; whoever opens it has the run measured."""

    def __init__(self) -> None:
        with gr.Accordion(locale.QUALITY, open=False, visible=False, elem_id="quality") as self.accordion:
            self.figures = gr.HTML(elem_id="quality-figures")

    @property
    def all(self) -> list[Any]:
        """What changes with the run that is shown."""
        return [self.accordion, self.figures]


def ready() -> tuple[Any, ...]:
    """For `Quality.all`, a run not yet measured."""
    return gr.Accordion(visible=True, open=False), ""


def nothing() -> tuple[Any, ...]:
    """For `Quality.all`, where no run is shown."""
    return gr.Accordion(visible=False, open=False), ""


def of_run(services: Services, owner: str | None, run_id: str | None) -> Iterator[str]:
    """The figures of a run as HTML: at first without the second opinion, then as it comes, then with it."""
    reviews = services.ledger.reviews(run_id, owner) if owner and run_id else []
    if not reviews:
        yield html.message(locale.QUALITY_NOTHING)
        return
    reference = Reference.read()
    accepted = [review for review in reviews if review.accepted]
    copies = _copies(services)
    figures = [diversity.measure(own, copies, reference) if own else None for own in (accepted, reviews)]
    yield _html(figures, (None, None), html.message(locale.QUALITY_ASKING.format(done=0, of=len(reviews))))
    if not services.has(services.polarity):
        yield _html(figures, (None, None), html.message(locale.NO_POLARITY))
        return
    polarity, found = services.wait(services.polarity), {}
    for found in diversity.opinions(reviews, polarity):
        said = locale.QUALITY_ASKING.format(done=len(found), of=len(reviews))
        yield _html(figures, (None, None), html.message(said))
    yield _html(figures, [_agreement(own, found, polarity) for own in (accepted, reviews)])


def _copies(services: Services) -> Any:
    """The index of the generator's training text, None while the generator is not there."""
    generator = services.generator.model
    return None if generator is None else services.load_copies(generator.source)


def _agreement(reviews: list[Review], found: Mapping[int, bool], polarity: Any) -> Agreement | None:
    if not reviews:
        return None
    real = diversity.real_agreement(reviews[0].requested, polarity.source.revision)
    return diversity.agreement(reviews, found, real)


def _html(figures: list[DiversityFigures | None], opinions: Any, message: str = "") -> str:
    """Both kinds of reviews side by side, each beside as many real ones, and how to read it."""
    columns = [_column(own, opinion) for own, opinion in zip(figures, opinions, strict=True)]
    rows: list[Row] = [
        (name, *(cell for column in columns for cell in column[key]))
        for key, name in locale.QUALITY_FIGURES.items()
    ]
    return (
        f'<p class="rd-how">{html.escape(locale.QUALITY_HOW)}</p>{message}'
        + table(locale.QUALITY_HEAD, {"": rows}, locale.QUALITY)
        + f'<p class="rd-how">{html.escape(locale.QUALITY_BY_DESIGN)}</p>'
        + f'<p class="rd-how">{html.escape(locale.QUALITY_OPINION)}</p>'
    )


def _column(figures: DiversityFigures | None, opinion: Agreement | None) -> dict[str, tuple[Cell, Cell]]:
    """By the key of each figure, its cell and that of the real reviews."""
    if figures is None:
        return dict.fromkeys(locale.QUALITY_FIGURES, (NONE, NONE))
    real = figures.real
    cells = {
        "n": (Cell(locale.number(figures.n, ",")), NONE),
        "near_duplicates": (_share(figures.near_duplicates), _share(real.get("near_duplicates"))),
        "words": (Cell(locale.number(figures.words, ".0f")), _number(real.get("words"), 0)),
        "copies": (_share(figures.copies), _share(real.get("copies"))),
        "agreement": (_share(opinion.rate if opinion else None), _share(opinion.real if opinion else None)),
    }
    for name in ("distinct1", "distinct2"):
        value, beside = getattr(figures, name), real.get(name)
        cells[name] = Cell(locale.number(value, ".2f"), _beside(value, beside)), _number(beside, 2)
    return cells


def _beside(value: float, real: Rate | None) -> str:
    """In words, where a figure lies beside the range of real reviews."""
    if real is None:
        return ""
    return locale.QUALITY_BESIDE[(value > real.high) - (value < real.low)]


def _share(rate: Rate | None) -> Cell:
    if rate is None:
        return NONE
    value, low, high = map(html.percent, (rate.value, rate.low, rate.high))
    return Cell(value, locale.INTERVAL.format(low=low, high=high))


def _number(rate: Rate | None, digits: int) -> Cell:
    if rate is None:
        return NONE
    value, low, high = (locale.number(one, f".{digits}f") for one in (rate.value, rate.low, rate.high))
    return Cell(value, locale.INTERVAL.format(low=low, high=high))
