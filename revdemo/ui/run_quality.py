"""The quality of the run shown above, worked out when it is asked for: a run under way is never slowed."""

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr

from revdemo import run_quality
from revdemo.loop import Rate, Review
from revdemo.run_quality import Agreement, Figures, Reference
from revdemo.ui import cards, strings
from revdemo.ui.metrics_tables import NONE, Cell, Row, table
from revdemo.ui.state import Services


class Quality:
    """A closed accordion; whoever opens it has the run measured."""

    def __init__(self):
        with gr.Accordion(strings.QUALITY, open=False, visible=False, elem_id="quality") as self.accordion:
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
        yield cards.message(strings.QUALITY_NOTHING)
        return
    reference = Reference.read()
    accepted = [review for review in reviews if review.accepted]
    copies = _copies(services)
    figures = [run_quality.measure(own, copies, reference) if own else None for own in (accepted, reviews)]
    yield _html(figures, (None, None), cards.message(strings.QUALITY_ASKING.format(done=0, of=len(reviews))))
    if not services.has(services.polarity):
        yield _html(figures, (None, None), cards.message(strings.NO_POLARITY))
        return
    polarity, found = services.wait(services.polarity), {}
    for found in run_quality.opinions(reviews, polarity):
        said = strings.QUALITY_ASKING.format(done=len(found), of=len(reviews))
        yield _html(figures, (None, None), cards.message(said))
    yield _html(figures, [_agreement(own, found, polarity) for own in (accepted, reviews)])


def _copies(services: Services) -> Any:
    """The index of the generator's training text, None while the generator is not there."""
    generator = services.generator.model
    return None if generator is None else services.load_copies(generator.source)


def _agreement(reviews: list[Review], found: Mapping[int, bool], polarity: Any) -> Agreement | None:
    if not reviews:
        return None
    real = run_quality.real_agreement(reviews[0].requested, polarity.source.revision)
    return run_quality.agreement(reviews, found, real)


def _html(figures: list[Figures | None], opinions: Any, message: str = "") -> str:
    """Both kinds of reviews side by side, each beside as many real ones, and how to read it."""
    columns = [_column(own, opinion) for own, opinion in zip(figures, opinions, strict=True)]
    rows: list[Row] = [
        (name, *(cell for column in columns for cell in column[key]))
        for key, name in strings.QUALITY_FIGURES.items()
    ]
    return (
        f'<p class="rd-how">{cards.escape(strings.QUALITY_HOW)}</p>{message}'
        + table(strings.QUALITY_HEAD, {"": rows}, strings.QUALITY)
        + f'<p class="rd-how">{cards.escape(strings.QUALITY_BY_DESIGN)}</p>'
        + f'<p class="rd-how">{cards.escape(strings.QUALITY_OPINION)}</p>'
    )


def _column(figures: Figures | None, opinion: Agreement | None) -> dict[str, tuple[Cell, Cell]]:
    """By the key of each figure, its cell and that of the real reviews."""
    if figures is None:
        return dict.fromkeys(strings.QUALITY_FIGURES, (NONE, NONE))
    real = figures.real
    cells = {
        "n": (Cell(f"{figures.n:,}"), NONE),
        "near_duplicates": (_share(figures.near_duplicates), _share(real.get("near_duplicates"))),
        "words": (Cell(f"{figures.words:.0f}"), _number(real.get("words"), 0)),
        "copies": (_share(figures.copies), _share(real.get("copies"))),
        "agreement": (_share(opinion and opinion.rate), _share(opinion and opinion.real)),
    }
    for name in ("distinct1", "distinct2"):
        value, beside = getattr(figures, name), real.get(name)
        cells[name] = Cell(f"{value:.2f}", _beside(value, beside)), _number(beside, 2)
    return cells


def _beside(value: float, real: Rate | None) -> str:
    """In words, where a figure lies beside the range of real reviews."""
    if real is None:
        return ""
    return strings.QUALITY_BESIDE[(value > real.high) - (value < real.low)]


def _share(rate: Rate | None) -> Cell:
    if rate is None:
        return NONE
    value, low, high = map(cards.percent, rate)
    return Cell(value, strings.INTERVAL.format(low=low, high=high))


def _number(rate: Rate | None, digits: int) -> Cell:
    if rate is None:
        return NONE
    value, low, high = (f"{one:.{digits}f}" for one in rate)
    return Cell(value, strings.INTERVAL.format(low=low, high=high))
