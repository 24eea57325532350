"""Texts to stars, with a probability for each."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch

from revdemo.errors import Phrase, RevdemoError
from revdemo.models import loading
from revdemo.models.ngrams import NgramModel
from revdemo.models.quantization import lighten
from revdemo.models.weights.registry import ModelSource
from revdemo.reviews import STARS, clean
from revdemo.settings import Settings, load_settings

LONGEST = 512  # tokens; a config of the checkpoint may say less
WINDOW = 4096  # texts tokenised and sorted at a time, so that a large table stays out of memory


@dataclass(frozen=True)
class Prediction:
    """The stars of one text: the likeliest (1..5), its probability, and all five probabilities."""

    stars: int
    confidence: float
    probabilities: tuple[float, ...]

    @property
    def expected(self) -> float:
        """The mean of the stars under the probabilities, 1.0 to 5.0."""
        return sum(stars * p for stars, p in zip(STARS, self.probabilities, strict=True))


def encode(texts: Sequence[str], tokenizer: Any, max_length: int, head_tokens: int) -> list[list[int]]:
    """Token ids of each text, at most `max_length` with the special ones.

    A longer text keeps its first `head_tokens` tokens and as many of its last as fit: verdicts stand at both
    ends (Sun et al. 2019, "How to Fine-Tune BERT for Text Classification?").
    """
    rows = tokenizer(list(texts), verbose=False)["input_ids"] if len(texts) else []
    return [shorten(row, max_length, head_tokens) for row in rows]


def shorten(row: list, max_length: int, head_tokens: int) -> list:
    """What the model reads of one value a token; see `encode`."""
    head = head_tokens + 1  # the first special token
    return row if len(row) <= max_length else row[:head] + row[head - max_length :]


class TextClassifier:
    """A model with a label for each answer, behind `predict`; a subclass says what the answers are."""

    role: str
    labels: int
    wrong_labels: Phrase  # what to say of a model with another number of them
    precision = ""  # of the weights as they run, once `load` has chosen it

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        source: ModelSource,
        config: Mapping[str, Any],
        device: torch.device,
        ngrams: NgramModel | None = None,
    ):
        if model.config.num_labels != self.labels:
            raise RevdemoError.of(self.wrong_labels.fill(label=source.label, labels=model.config.num_labels))
        self.model, self.tokenizer, self.source, self.device = model, tokenizer, source, device
        positions = getattr(model.config, "max_position_embeddings", LONGEST)
        longest = min(LONGEST, positions, tokenizer.model_max_length)
        self.max_length = min(config.get("max_length", longest), longest)
        self.head_tokens = min(config.get("head_tokens", self.max_length // 4), self.max_length - 2)
        self.temperature = config.get("temperature", 1.0)
        self.ngrams = ngrams
        self._lock = threading.Lock()  # a fast tokenizer cannot be used by two threads at once

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Find and load the classifier of this role that the settings ask for."""
        model, tokenizer, source, config = loading.load_encoder(cls.role, settings)
        device = loading.pick_device(settings)
        precision = lighten(model, settings, device)
        ngrams = loading.load_ngrams(source, cls.labels)
        classifier = cls(model, tokenizer, source, config, device, ngrams)
        classifier.precision = precision
        return classifier

    def predict(
        self,
        texts: Sequence[str],
        batch_tokens: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> list:
        """Predict the answer to each text, in the order given.

        Texts are cleaned first, and batched by length, so that a batch with its padding is at most
        `batch_tokens` tokens. `progress` is told how many are done, of how many.

        Raises:
            RevdemoError: a text is empty once cleaned; the message says which.
        """
        cleaned = [self._clean(text, position, len(texts)) for position, text in enumerate(texts, start=1)]
        budget = batch_tokens or (4096 if self.device.type == "cpu" else 65536)
        predictions: list = [None] * len(cleaned)
        done = 0
        for start in range(0, len(cleaned), WINDOW):
            with self._lock:
                window = cleaned[start : start + WINDOW]
                rows = encode(window, self.tokenizer, self.max_length, self.head_tokens)
            beside = self._beside(window)
            for batch in batches([len(row) for row in rows], budget):
                with self._lock:
                    scored = self._score([rows[i] for i in batch], beside[batch])
                for i, prediction in zip(batch, scored, strict=True):
                    predictions[start + i] = prediction
                done += len(batch)
                if progress:
                    progress(done, len(cleaned))
        return predictions

    def truncates(self, text: str) -> bool:
        """Whether a text is longer than the model reads, so that its middle is left out."""
        with self._lock:
            return len(self.tokenizer(clean(text), verbose=False)["input_ids"]) > self.max_length

    def _clean(self, text: str, position: int, total: int) -> str:
        cleaned = clean(text)
        if not cleaned:
            where = "The text" if total == 1 else f"Text {position} of {total}"
            raise RevdemoError(
                ("{where} holds no words: emojis, links and markup do not count. Write at least one word."),
                where=where,
            )
        return cleaned

    def _answer(self, probabilities: list[float]) -> Any:
        """What `predict` gives for a text with these probabilities of the labels."""
        raise NotImplementedError

    def _beside(self, texts: list[str]) -> torch.Tensor:
        """What the n-gram model, where there is one, adds to the logits of each text: (texts, labels)."""
        if self.ngrams is None:
            return torch.zeros(len(texts), self.labels)
        return torch.from_numpy(self.ngrams.logits(texts))

    @torch.inference_mode()
    def _score(self, rows: list[list[int]], beside: torch.Tensor) -> list:
        width = max(map(len, rows))
        ids = torch.full((len(rows), width), self.tokenizer.pad_token_id)
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
            mask[i, : len(row)] = 1
        logits = self.model(input_ids=ids.to(self.device), attention_mask=mask.to(self.device)).logits
        logits = logits.float().cpu() + beside
        probabilities = (logits / self.temperature).softmax(dim=-1).tolist()
        return [self._answer(own) for own in probabilities]


class StarClassifier(TextClassifier):
    """Texts to stars: `predict` gives a Prediction for each text."""

    role = "stars"
    labels = len(STARS)
    wrong_labels = Phrase(
        "The star classifier {label} has {labels} labels, and revdemo needs 5, one per star. "
        "Name a model trained on stars 1 to 5 with --stars-model."
    )

    def _answer(self, probabilities: list[float]) -> Prediction:
        confidence = max(probabilities)
        return Prediction(probabilities.index(confidence) + 1, confidence, tuple(probabilities))


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices in batches of like lengths, longest first; count times longest stays within the budget."""
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    while order:
        size = max(1, budget // lengths[order[0]])
        yield order[:size]
        order = order[size:]


def load_stars(settings: Settings | None = None) -> StarClassifier:
    """The star classifier of the settings, or of the environment."""
    return StarClassifier.load(settings or load_settings())
