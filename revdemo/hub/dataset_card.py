"""The card of a balanced data set: README.md as the Hugging Face Hub reads it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from revdemo.generation.copies import CopyIndex, NearDuplicates, build_copy_index, distinct, words
from revdemo.hub.markdown import code, plain
from revdemo.hub.rendering import dataset_header, render
from revdemo.intervals import Rate
from revdemo.reviews import STARS

MOST_WORDS = 20_000  # over which diversity is counted, the same for real and synthetic reviews
MOST_TEXTS = 1_000  # among which near duplicates are looked for: every one is compared with every other
UNKNOWN = "unknown"  # the licence of real rows: they are the user's, and only the user knows
UNKNOWN_LICENCE = re.compile(r"(?m)^The real rows come from a table whose licence revdemo cannot know\b.*$")


@dataclass(frozen=True)
class CardFigures:
    """What can be said of reviews without a model; None where there is nothing to say it of.

    near_duplicates: share of the reviews that nearly repeat another one. words: mean length. longest_real,
    longest_training: the longest run of words in common with a real row, and with the generator's training
    text, 13 or more, else 0.
    """

    n: int
    distinct1: float | None
    distinct2: float | None
    near_duplicates: float | None
    words: float | None
    longest_real: int | None = None
    longest_training: int | None = None


@dataclass(frozen=True)
class Facts:
    """What a card tells. Counts are by star; settings as they were used, the generator's own among them."""

    name: str
    file: str
    real: Mapping[int, int]
    synthetic: Mapping[int, int]
    level: int
    seed: int
    settings: Mapping[str, object]
    models: Mapping[str, Mapping[str, str]]
    rates: Mapping[int, Rate]
    judged: Mapping[int, int]
    figures: Mapping[str, CardFigures]  # "real" and "synthetic"
    dropped: Mapping[str, int] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    distance: str = ""
    read_as: str = ""  # what the table was read as

    @property
    def rows(self) -> int:
        """How many rows the data set has."""
        return sum(self.real.values()) + sum(self.synthetic.values())


def figures(
    real: Sequence[str], synthetic: Sequence[str], copies: CopyIndex | None = None
) -> dict[str, CardFigures]:
    """Figures of real and synthetic reviews; diversity of as many words of each."""
    sizes = [sum(len(words(text)) for text in texts) for texts in (real, synthetic) if texts]
    count = min([MOST_WORDS, *sizes])
    index = build_copy_index(real)
    longest = max(map(index.longest_copy, synthetic), default=0)
    learned = max(map(copies.longest_copy, synthetic), default=0) if copies else None
    return {
        "real": CardFigures(**_figures(real, count)),
        "synthetic": CardFigures(
            **_figures(synthetic, count), longest_real=longest, longest_training=learned
        ),
    }


def card(facts: Facts) -> str:
    """README.md of the data set: the Hub's YAML header, then what a reader should know before using it."""
    lacking = {star: facts.level - facts.real[star] - facts.synthetic.get(star, 0) for star in STARS}
    return render(
        "dataset_card",
        dataset_header(f"{facts.name}, balanced", facts.rows, facts.file, UNKNOWN),
        facts=facts,
        star_counts=[_star_counts(facts, star) for star in STARS],
        lacking={star: n for star, n in lacking.items() if n > 0},
        dropped={why: n for why, n in facts.dropped.items() if n},
        settings=settings_rows({"seed": facts.seed, **facts.settings}),
        models=model_rows(facts.models),
        rates=[(f"{star} ★", f"{facts.judged[star]:,}", interval(own)) for star, own in facts.rates.items()],
        quality=_quality(facts.figures),
    )


def published(card: str, name: str, licence: str | None) -> str:
    """A card that `card` made, with the repository's name and the licence that was named.

    What its user changed in it since then stays.
    """
    from huggingface_hub import DatasetCard

    found = DatasetCard(card)
    text = found.text.replace('load_dataset("path/to/this/folder"', f'load_dataset("{name}"')
    if licence:
        found.data["license"] = licence
        said = f"The real rows come from a table whose licence its publisher gives as {plain(licence)}."
        text = UNKNOWN_LICENCE.sub(lambda _: said, text)
    found.text = text
    return str(found)


def settings_rows(settings: Mapping[str, object]) -> list[tuple[str, object]]:
    """Rows of a table of settings, without those that are empty; a visitor's words stand there as code."""
    rows = ((code(name), code(own) if isinstance(own, str) else own) for name, own in settings.items())
    return [(name, own) for name, own in rows if own not in (None, "``")]


def model_rows(models: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str, str]]:
    """Rows of a table of the models that made a data set: role, which one, revision."""
    return [(role, code(own["label"]), code(own["revision"])) for role, own in models.items()]


def interval(rate: Rate) -> str:
    """A rate and its 95% interval."""
    return f"{rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%})"


def _star_counts(facts: Facts, star: int) -> tuple[str, ...]:
    real, synthetic = facts.real[star], facts.synthetic.get(star, 0)
    return f"{star} ★", *(f"{n:,}" for n in (real, synthetic, real + synthetic))


def _quality(figures: Mapping[str, CardFigures]) -> list[tuple[str, ...]]:
    def row(label: str, name: str, form: str) -> tuple[str, ...]:
        values = (getattr(figures[kind], name) for kind in ("real", "synthetic"))
        return label, *("–" if value is None else format(value, form) for value in values)

    return [
        row("reviews", "n", ","),
        row("distinct-1, of as many words of each", "distinct1", ".3f"),
        row("distinct-2, of as many words of each", "distinct2", ".3f"),
        row(f"near duplicates of another one (of {MOST_TEXTS:,} at most)", "near_duplicates", ".1%"),
        row("mean length in words", "words", ".0f"),
        row("longest run of words shared with a real row (from 13)", "longest_real", "d"),
        row("longest run shared with the generator's training text (from 13)", "longest_training", "d"),
    ]


def _figures(texts: Sequence[str], count: int) -> dict:
    if not texts:
        return dict.fromkeys(("distinct1", "distinct2", "near_duplicates", "words"), None) | {"n": 0}
    drawn = random.Random(0).sample(list(texts), len(texts))
    cut = _first_words(drawn, count)
    seen, some = NearDuplicates(), drawn[:MOST_TEXTS]
    repeated = sum(seen.add_or_find(text) is not None for text in some)
    return {
        "n": len(texts),
        "distinct1": distinct(cut, 1),
        "distinct2": distinct(cut, 2),
        "near_duplicates": repeated / len(some),
        "words": sum(len(words(text)) for text in texts) / len(texts),
    }


def _first_words(texts: Sequence[str], count: int) -> list[str]:
    """As many texts as hold so many words together, the last one cut."""
    found: list[str] = []
    for text in texts:
        if count <= 0:
            break
        found.append(" ".join(words(text)[:count]))
        count -= len(words(text))
    return found
