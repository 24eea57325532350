"""The sections of the Metrics tab in order: each answers one question, and is left out without its files."""

from collections.abc import Callable, Iterator, Sequence

from revdemo.ui import locale
from revdemo.ui.metrics import overview
from revdemo.ui.metrics.blocks import Block, Files, Section
from revdemo.ui.metrics.sections import (
    benefit,
    diversity,
    frontier,
    generated,
    limits,
    polarity,
    provenance,
    stars,
    study,
)


def sections(files: Files) -> list[Section]:
    """Every section that has something to show."""
    makers: Sequence[tuple[str, str, Callable[[Files], Iterator[Block]]]] = (
        ("overview", locale.OVERVIEW, overview.overview),
        ("balance", locale.TRAINING_STARS, stars.balance),
        ("confusion", locale.CONFUSION, stars.confusion),
        ("study", locale.STUDY, study.study),
        ("losses", locale.LOSSES, study.losses),
        ("acceptance", locale.ACCEPTANCE, generated.acceptance),
        ("calibration", locale.CALIBRATION, stars.calibration),
        ("diversity", locale.DIVERSITY, diversity.diversity),
        ("frontier", locale.FRONTIER, frontier.frontier),
        ("examples", locale.EXAMPLES_OF, generated.examples),
        ("use", locale.USE, benefit.benefit),
        ("products", locale.PRODUCTS, overview.products),
        ("polarity", locale.POLARITY, polarity.polarity),
        ("why", locale.WHY, limits.explanations),
        ("limits", locale.LIMITS, limits.limits),
        ("provenance", locale.PROVENANCE, provenance.provenance),
    )
    made = (Section(name, title, list(make(files))) for name, title, make in makers)
    return [section for section in made if section.blocks]
