"""The filter of the loop: which samples are accepted, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from revdemo.generation.copies import CopyIndex, NearDuplicates, words
from revdemo.generation.likeness import Likeness
from revdemo.generation.request import Classifier, Request, Review
from revdemo.reviews import clean, states_score

if TYPE_CHECKING:
    from revdemo.models.classifier import Prediction
    from revdemo.models.generator import Sample

UNSETTLED = 4  # words at the end of a text that is still being written: "9 out of 10" may become "10 people"


class Filter:
    """Accepts or rejects samples, with a reason; remembers the texts of the run to tell duplicates.

    What is looked for, in this order: whole and unspoiled, the stars asked for, enough confidence, and where
    there is a model of it, enough likeness to real reviews.
    """

    def __init__(
        self,
        request: Request,
        classifier: Classifier,
        copies: CopyIndex | None,
        seen: NearDuplicates | None,
        likeness: Likeness | None = None,
    ):
        self.request, self.classifier, self.copies = request, classifier, copies
        self.opening = clean(request.opening).rstrip(".,;:!? ")  # cleaning may change its last mark
        self.seen = NearDuplicates() if seen is None else seen
        self.likeness = likeness
        self.least = request.min_likeness
        if likeness and self.least is None:
            self.least = likeness.threshold
        self.first = self.start = self.count = self.round = 0

    def begin(self, number: int) -> None:
        """The samples that follow are those of this round, and of the next ones if they are more."""
        self.first, self.start = number, self.count

    def hopeless(self, text: str) -> str:
        """Why a text that is still being written will be rejected whatever follows, or nothing.

        Its last words do not count: they may become others.
        """
        so_far = " ".join(text.split()[:-UNSETTLED])
        if states_score(so_far):
            return "states score"
        copied = self.copies and self.copies.is_copy(clean(so_far).removeprefix(self.opening))
        return "copy" if copied else ""

    def __call__(self, samples: Sequence[Sample]) -> list[Review]:
        texts = [clean(sample.text) for sample in samples]
        worded = [text for text in texts if words(text)]
        # Also what is rejected for another reason is classified: the heat map counts every text.
        predictions = iter(self.classifier.predict(worded) if worded else ())
        return [
            self._review(sample, text, next(predictions) if words(text) else None)
            for sample, text in zip(samples, texts, strict=True)
        ]

    def _review(self, sample: Sample, text: str, prediction: Prediction | None) -> Review:
        reason = "empty"
        if prediction is not None:
            reason = self._flaw(sample, text) or self._miss(prediction) or self._unlike(sample, text)
        self.round = self.first + (self.count - self.start) // self.request.round_size
        self.count += 1
        return Review(
            index=self.count,
            round=self.round,
            text=text,
            requested=self.request.stars,
            predicted=prediction.stars if prediction else None,
            confidence=prediction.confidence if prediction else None,
            probabilities=tuple(prediction.probabilities) if prediction else None,
            accepted=not reason,
            reason=reason,
        )

    def _flaw(self, sample: Sample, text: str) -> str:
        """What is wrong with a text apart from its stars; the opening (the user's words) is not compared."""
        written = text.removeprefix(self.opening)
        if flaw := getattr(sample, "flaw", ""):
            return flaw
        if not sample.finished:
            return "truncated"
        if states_score(sample.text):  # before cleaning, which takes "7/10" apart
            return "states score"
        if not words(written):
            return "opening"
        if self.copies and self.copies.is_copy(written):
            return "copy"
        if self.seen.find_exact(written) is not None:
            return "duplicate"
        return "near duplicate" if self.seen.add_or_find(written) is not None else ""

    def _miss(self, prediction: Prediction) -> str:
        if abs(prediction.stars - self.request.stars) > self.request.tolerance:
            return "stars"
        return "confidence" if prediction.confidence < self.request.min_confidence else ""

    def _unlike(self, sample: Sample, text: str) -> str:
        """Whether a text reads like a generated one; asked last, of what would be accepted."""
        if self.likeness is None or not self.least:
            return ""
        [score] = self.likeness.scores([text], [sample.surprise])
        return "likeness" if score < self.least else ""
