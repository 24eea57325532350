"""The sections of the Metrics tab, from the files to what is shown: pure functions, no gradio.

A section answers one question. It is left out where its files are not there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from revdemo.ui import cards, metrics_limits, model_cards, strings
from revdemo.ui import metrics_charts as charts
from revdemo.ui import metrics_tables as tables
from revdemo.ui.metrics_charts import Chart
from revdemo.ui.metrics_files import Example, GeneratedFile, PolarityFile, StarFile, StarReport

Draw = Callable[[], Chart]
Keys = tuple[str, ...]


class Choice(NamedTuple):
    """Charts of which one is shown at a time: how to draw each, by one option of each label."""

    labels: Sequence[str]
    charts: dict[Keys, Draw]


Block = str | Chart | Choice  # a text is HTML


class Section(NamedTuple):
    """A question and what answers it."""

    id: str
    title: str
    blocks: list[Block]


def sections(files: Mapping[str, Any]) -> list[Section]:
    """Every section that has something to show.

    Args:
        files: what there is of `metrics_files.SOURCES`, by name.
    """
    makers: Sequence[tuple[str, str, Callable[[Mapping[str, Any]], Iterator[Block]]]] = (
        ("overview", strings.OVERVIEW, _overview),
        ("balance", strings.BALANCE, _balance),
        ("confusion", strings.CONFUSION, _confusion),
        ("study", strings.STUDY, _study),
        ("losses", strings.LOSSES, _losses),
        ("acceptance", strings.ACCEPTANCE, _acceptance),
        ("calibration", strings.CALIBRATION, _calibration),
        ("diversity", strings.DIVERSITY, _diversity),
        ("examples", strings.EXAMPLES_OF, _examples),
        ("use", strings.USE, _use),
        ("products", strings.PRODUCTS, _products),
        ("polarity", strings.POLARITY, _polarity),
        ("why", strings.WHY, _why),
        ("limits", strings.LIMITS, _limits),
        ("provenance", strings.PROVENANCE, _provenance),
    )
    made = (Section(name, title, list(make(files))) for name, title, make in makers)
    return [section for section in made if section.blocks]


def _overview(files: Mapping[str, Any]) -> Iterator[Block]:
    parts = []
    if stars := files.get("stars"):
        parts.append(_stars(stars, files.get("judge")))
    if generated := files.get("generated"):
        parts.append(_generated(generated))
    if generator := files.get("generator"):
        changes = {strings.PERPLEXITY: generator.perplexity, strings.BITS: generator.bits_per_byte}
        parts.append(_text(strings.PERPLEXITY_HOW) + tables.perplexity(changes, generator.ratio))
    if parts:
        yield _columns(parts) + _judge(files)


def _judge(files: Mapping[str, Any]) -> str:
    """The judge by name, with its card."""
    judge = files.get("judge")
    if judge is None:
        return ""
    about = model_cards.of_judge(judge)
    line = f"<strong>{cards.escape(strings.JUDGE)}</strong> {cards.escape(about.revision[:8])}"
    return cards.disclosed("rd-model", line, model_cards.card(about, files))


def _stars(report: StarFile, judge: StarFile | None = None, original: bool = True) -> str:
    films = strings.OF_FILMS.format(films=report.films) if report.films and original else ""
    rows = strings.STARS_ROWS.format(n=report.n, films=films)
    lines = [f"{rows} {strings.STARS_HOW}", tables.difference(report.difference)]
    return _text(*lines) + tables.stars(report, judge, original)


def _generated(report: GeneratedFile, original: bool = True) -> str:
    accepted = tables.percent(report.acceptance.all).text
    lines = [f"{strings.GENERATED_ROWS.format(n=report.n, accepted=accepted)} {strings.GENERATED_HOW}"]
    shares = {name: tables.percent(share) for name, share in report.share_of_real.items()}
    said = [
        words.format(share=shares[name].inline)
        for name, words in strings.SHARES_OF_REAL.items()
        if name in shares
    ]
    if said:
        lines.append(strings.SHARE_OF_REAL.format(shares=", ".join(said)))
    return _text(*lines) + tables.generated(report, original)


def _balance(files: Mapping[str, Any]) -> Iterator[Block]:
    stars = files.get("stars")
    if stars and stars.balance:
        yield charts.balance(stars.balance)


def _confusion(files: Mapping[str, Any]) -> Iterator[Block]:
    yield from _choice(
        strings.CONFUSION_LABELS,
        {
            (name, said): partial(charts.confusion, name, report, rows, kind)
            for name, (report, rows) in _matrices(files).items()
            for kind, said in (("exact", strings.EXACT), ("near", strings.NEAR))
        },
    )


def _matrices(files: Mapping[str, Any]) -> dict[str, tuple[StarReport, str]]:
    """Every star report that has a matrix to show, by its name, and what its rows are."""
    stars = files.get("stars")
    found = {
        "test": stars,
        "validation": files.get("validation"),
        "baseline": stars and stars.baseline,
        "judge": files.get("judge"),
    }
    named = {strings.MATRICES[name]: (report, "true") for name, report in found.items() if report}
    if generated := files.get("generated"):
        for kind, title in strings.MATRIX_KINDS.items():
            for judge, by in strings.MATRIX_JUDGES.items():
                if report := getattr(generated, kind).get(judge):
                    name = strings.GENERATED_MATRIX.format(kind=title, judge=by)
                    named[name] = report, "requested"
    return named


def _study(files: Mapping[str, Any]) -> Iterator[Block]:
    networks = {
        title: getattr(files.get("study"), name, None) for name, title in strings.STUDY_NETWORKS.items()
    }
    yield from _choice(
        strings.STUDY_LABELS,
        {
            (title, strings.STUDY_AXES.get(axis, axis)): partial(charts.study, title, study, axis)
            for title, study in networks.items()
            if study
            for axis, settings in study.axes.items()
            if charts.study_measures(settings)
        },
    )


def _losses(files: Mapping[str, Any]) -> Iterator[Block]:
    yield from _choice(
        strings.LOSSES_LABELS,
        {
            (strings.ROLES[role],): partial(charts.losses, strings.ROLES[role], file)
            for role in ("stars", "generator")
            if (file := files.get(f"{role} training"))
        },
    )


def _acceptance(files: Mapping[str, Any]) -> Iterator[Block]:
    if generated := files.get("generated"):
        yield charts.acceptance(generated)


def _calibration(files: Mapping[str, Any]) -> Iterator[Block]:
    stars = files.get("stars")
    if stars and stars.reliability:
        yield charts.calibration(stars)


def _diversity(files: Mapping[str, Any]) -> Iterator[Block]:
    if generated := files.get("generated"):
        yield charts.diversity(generated)


def _examples(files: Mapping[str, Any]) -> Iterator[Block]:
    generated = files.get("generated")
    if generated and generated.examples:
        ordered = sorted(generated.examples, key=lambda one: (one.requested, not one.accepted))
        yield (
            _text(strings.EXAMPLES_HOW) + f'<div class="rd-examples">{"".join(map(_example, ordered))}</div>'
        )


def _example(one: Example) -> str:
    found = {name: getattr(one, name) for name in strings.FOUND_BY}
    lines = [(strings.ASKED, one.requested), *[(strings.FOUND_BY[by], n) for by, n in found.items() if n]]
    said = "".join(f"<span>{cards.escape(name)} {cards.stars(count, name)}</span>" for name, count in lines)
    reason = "" if one.accepted else one.reason or "stars"
    return f'<div><p class="rd-verdicts">{said}</p>{cards.review(one.text, None, None, reason)}</div>'


def _use(files: Mapping[str, Any]) -> Iterator[Block]:
    settings = getattr(files.get("use"), "settings", [])
    yield from _choice(
        strings.USE_LABELS,
        {(strings.said(one.title or one.name),): partial(charts.use, one) for one in settings},
    )


def _products(files: Mapping[str, Any]) -> Iterator[Block]:
    parts = []
    if stars := files.get("product stars"):
        parts.append(_stars(stars, original=False))
    if generated := files.get("product generated"):
        parts.append(_generated(generated, original=False))
    if parts:
        yield _text(strings.PRODUCTS_HOW) + _columns(parts)


def _polarity(files: Mapping[str, Any]) -> Iterator[Block]:
    report = files.get("polarity")
    if not report:
        return
    lines = [strings.POLARITY_ORIGINAL]
    if neutral := report.neutral:
        share = cards.percent
        lines.append(
            strings.NEUTRAL.format(
                low=share(neutral.low),
                high=share(neutral.high),
                three=tables.percent(neutral.three_star_share).text,
                other=tables.percent(neutral.other_share).text,
            )
        )
    yield _text(*lines) + tables.polarity(report)
    yield from _choice(strings.POLARITY_LABELS, _polarities(report))
    if report.epochs:
        yield charts.polarity_losses(report)


def _why(files: Mapping[str, Any]) -> Iterator[Block]:
    if report := files.get("why"):
        yield _text(strings.WHY_MEASURED_HOW) + tables.why(report)


def _limits(files: Mapping[str, Any]) -> Iterator[Block]:
    if report := files.get("limits"):
        films = files.get("stars")
        yield _text(strings.LIMITS_HOW) + metrics_limits.stars(report, films, domains=True)
        yield metrics_limits.polarity(report)


def _polarities(report: PolarityFile) -> dict[Keys, Draw]:
    matrices = {**{name: one.confusion for name, one in report.domains.items()}, "": report.confusion}
    named = {strings.DOMAINS.get(name, name): matrix for name, matrix in matrices.items() if matrix}
    return {(name,): partial(charts.polarity, name, matrix) for name, matrix in named.items()}


def _provenance(files: Mapping[str, Any]) -> Iterator[Block]:
    if files:
        yield _text(strings.PROVENANCE_HOW) + tables.provenance(files)


def _choice(labels: Sequence[str], found: dict[Keys, Draw]) -> Iterator[Choice]:
    """A choice of what was found, none of nothing."""
    if found:
        yield Choice(labels, found)


def _text(*lines: str) -> str:
    """Lines as paragraphs, empty ones left out."""
    return "".join(f'<p class="rd-how">{cards.escape(line)}</p>' for line in lines if line)


def _columns(parts: Sequence[str]) -> str:
    """Parts beside each other where there is room."""
    return f'<div class="rd-columns">{"".join(f"<div>{part}</div>" for part in parts)}</div>'
