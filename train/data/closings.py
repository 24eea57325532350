"""The last sentences of a long review, where its verdict stands."""

import re

from revdemo.generation.copies import words

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[.!?][\"')])\s+")
LINKS = {"and", "but", "so", "or", "also", "however", "then", "still", "yet", "because", "though"}
LETTERS = 12  # of a word with its space, at most, on average over the last sentences


def closing(text: str, least: int, most: int, wanted: int) -> str:
    """The last sentences of a review: about `wanted` words, `least` to `most`; "" where there are none.

    One that follows from the sentence before it ("But ...") is not the first of them if others are enough.
    """
    kept: list[tuple[str, int]] = []
    total = 0
    for sentence in reversed(SENTENCE_END.split(text[-LETTERS * most :])[1:]):
        count = len(words(sentence))
        if total + count > most or (total >= least and total + count > wanted):
            break
        kept.insert(0, (sentence, count))
        total += count
    while kept and words(kept[0][0])[:1] and words(kept[0][0])[0] in LINKS and total - kept[0][1] >= least:
        total -= kept.pop(0)[1]
    return " ".join(sentence for sentence, _ in kept) if total >= least else ""
