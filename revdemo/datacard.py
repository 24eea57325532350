"""The card of a balanced data set: README.md as the Hugging Face Hub reads it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from revdemo.loop import Rate
from revdemo.quality import CopyIndex, NearDuplicates, build_copy_index, distinct, words
from revdemo.reviews import STARS

MOST_WORDS = 20_000  # over which diversity is counted, the same for real and synthetic reviews
MOST_TEXTS = 1_000  # among which near duplicates are looked for: every one is compared with every other
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(frozen=True)
class Figures:
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
    figures: Mapping[str, Figures]  # "real" and "synthetic"
    dropped: Mapping[str, int] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    distance: str = ""

    @property
    def rows(self) -> int:
        """How many rows the data set has."""
        return sum(self.real.values()) + sum(self.synthetic.values())


def figures(
    real: Sequence[str], synthetic: Sequence[str], copies: CopyIndex | None = None
) -> dict[str, Figures]:
    """Figures of real and synthetic reviews; diversity of as many words of each."""
    sizes = [sum(len(words(text)) for text in texts) for texts in (real, synthetic) if texts]
    count = min([MOST_WORDS, *sizes])
    index = build_copy_index(real)
    longest = max(map(index.longest_copy, synthetic), default=0)
    learned = max(map(copies.longest_copy, synthetic), default=0) if copies else None
    return {
        "real": Figures(**_figures(real, count)),
        "synthetic": Figures(**_figures(synthetic, count), longest_real=longest, longest_training=learned),
    }


def card(facts: Facts) -> str:
    """README.md of the data set: the Hub's YAML header, then what a reader should know before using it."""
    parts = (_about(facts), _counts(facts), _columns(facts), _made(facts), _quality(facts), _limits(facts))
    return f"---\n{_header(facts)}---\n\n" + "\n\n".join(parts) + "\n"


def published(card: str, name: str, licence: str | None) -> str:
    """A card that `card` made, with the repository's name and the licence that was named."""
    card = card.replace('load_dataset("path/to/this/folder"', f'load_dataset("{name}"')
    if licence:
        card = re.sub(r"(?m)^license: .*$", f"license: {licence}", card, count=1)
        card = card.replace(
            "revdemo cannot know: `license` above says `unknown`. Set it before you publish, and publish the "
            "real rows only if you may.",
            f"revdemo cannot know; its publisher says {licence}.",
        )
    return card


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


def _header(facts: Facts) -> str:
    size = next((name for most, name in SIZES if facts.rows < most), "1M<n<10M")
    header = {
        "pretty_name": f"{facts.name}, balanced",
        "language": ["en"],
        "license": "unknown",  # the real rows are the user's, and only the user knows
        "task_categories": ["text-classification"],
        "size_categories": [size],
        "tags": ["synthetic", "revdemo", "reviews"],
        "configs": [
            {"config_name": "default", "data_files": [{"split": "train", "path": facts.file}]},
        ],
    }
    return yaml.safe_dump(header, sort_keys=False, allow_unicode=True)


def _about(facts: Facts) -> str:
    real, synthetic = sum(facts.real.values()), sum(facts.synthetic.values())
    return (
        f"# {_plain(facts.name)}, balanced\n\n"
        f"{real:,} real reviews and {synthetic:,} synthetic ones, which revdemo wrote towards "
        f"{facts.level:,} of each star. The column `synthetic` tells them apart.\n\n"
        "```python\n"
        "from datasets import load_dataset\n\n"
        'data = load_dataset("path/to/this/folder", split="train")\n'
        'real = data.filter(lambda row: not row["synthetic"])\n'
        "```\n\n"
        "**Synthetic reviews are for training and study.** Nobody wrote them of anything they bought or saw: "
        "do not post them, and do not measure a model on them. Hold real rows back for the test, before you "
        "balance."
    )


def _counts(facts: Facts) -> str:
    rows = [
        (
            f"{star} ★",
            f"{facts.real[star]:,}",
            f"{facts.synthetic.get(star, 0):,}",
            f"{facts.real[star] + facts.synthetic.get(star, 0):,}",
        )
        for star in STARS
    ]
    lacking = {star: facts.level - facts.real[star] - facts.synthetic.get(star, 0) for star in STARS}
    short = [f"{star} ★ lacks {count:,}" for star, count in lacking.items() if count > 0]
    note = f"\n\nThe gap is not filled: {', '.join(short)}." if short else ""
    dropped = ", ".join(f"{count:,} with {why}" for why, count in facts.dropped.items() if count)
    left_out = f"\n\nRows of the table that are left out: {dropped}." if dropped else ""
    return "## Rows\n\n" + table(("stars", "real", "synthetic", "together"), rows) + note + left_out


def _columns(facts: Facts) -> str:
    own = [
        ("`review`", "the text, cleaned alike for real and synthetic rows: train on this one"),
        ("`stars`", "1 to 5; of a synthetic row, what was requested"),
        ("`synthetic`", "true for a row that revdemo wrote"),
        ("`requested`, `predicted`, `confidence`", "of synthetic rows: the stars asked for, those that the "
         "classifier gave, and how sure it was"),
    ]  # fmt: skip
    renamed = [
        f"`{_code(old)}` of the table is called `{_code(new)}` here." for old, new in facts.renamed.items()
    ]
    note = "The other columns are the table's own, and are empty in synthetic rows."
    return "## Columns\n\n" + table(("column", "what"), own) + "\n\n" + " ".join([note, *renamed])


def _made(facts: Facts) -> str:
    settings = [("seed", facts.seed), *facts.settings.items()]
    used = [(role, f"`{_code(model['label'])}`", f"`{_code(model['revision'])}`")
            for role, model in facts.models.items()]  # fmt: skip
    rates = [
        (f"{star} ★", f"{facts.judged[star]:,}", f"{rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%})")
        for star, rate in facts.rates.items()
    ]
    return "\n\n".join(
        (
            "## How the synthetic rows were made",
            "A generator wrote reviews for the stars requested; a classifier read each. Kept are those whose "
            "predicted stars agree and that are no copy, duplicate or near duplicate of another one or of a "
            "real row. Made in one go, the same table, settings, seed, models and device give the same "
            "reviews again; a fill that was stopped and went on depends on where it was stopped.",
            table(("setting", "value"), [(f"`{_code(name)}`", value) for name, value in settings]),
            table(("model", "which", "revision"), used),
            table(("stars requested", "judged", "accepted (95 % interval)"), rates),
        )
    )


def _quality(facts: Facts) -> str:
    pair = facts.figures["real"], facts.figures["synthetic"]

    def row(label: str, name: str, form: str) -> tuple[str, ...]:
        values = (getattr(one, name) for one in pair)
        return label, *("–" if value is None else format(value, form) for value in values)

    rows = [
        row("reviews", "n", ","),
        row("distinct-1, of as many words of each", "distinct1", ".3f"),
        row("distinct-2, of as many words of each", "distinct2", ".3f"),
        row(f"near duplicates of another one (of {MOST_TEXTS:,} at most)", "near_duplicates", ".1%"),
        row("mean length in words", "words", ".0f"),
        row("longest run of words shared with a real row (from 13)", "longest_real", "d"),
        row("longest run shared with the generator's training text (from 13)", "longest_training", "d"),
    ]
    distance = f"\n\n{facts.distance}" if facts.distance else ""
    return "## Quality\n\n" + table(("", "real", "synthetic"), rows) + distance


def _limits(facts: Facts) -> str:
    return (
        "## Licence and limits\n\n"
        "The real rows come from a table whose licence revdemo cannot know: `license` above says `unknown`. "
        "Set it before you publish, and publish the real rows only if you may.\n\n"
        "The classifier that chose the synthetic rows decides what a star looks like in them: they repeat "
        "its mistakes, and those of what the generator learned from. Whether they help is to be measured, on "
        "real rows that were held back."
    )


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table of Markdown, in which no value of a cell can end it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)


def cell(value: object) -> str:
    """A value as one line of Markdown, inside a cell of a table."""
    return " ".join(str(value).replace("|", "\\|").replace("<", "&lt;").split())


def _plain(text: str) -> str:
    """A name as one line of Markdown that is nothing but text."""
    return "".join(
        f"\\{letter}" if letter in "\\`*_[]<>#|!$" else letter for letter in " ".join(text.split())
    )


def _code(text: object) -> str:
    """A name inside a code span."""
    return " ".join(str(text).replace("`", "'").split())
