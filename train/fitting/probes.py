"""Two small star classifiers, quick enough to be trained a hundred times: frozen embeddings, and words.

Both are a logistic regression. No star is weighed up: with class_weight="balanced", 50 reviews would count as
much as 500, which is over-sampling by another name, and nothing would be left to compare it with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from tqdm.auto import tqdm
from transformers import AutoModel, AutoTokenizer

from revdemo.evaluation.tfidf import counts_classifier
from revdemo.files import atomic
from revdemo.models import ngrams
from revdemo.models.classifier import encode
from revdemo.models.loading import pick_device
from revdemo.models.quantization import lighten
from revdemo.models.weights.bases import resolve_base
from revdemo.settings import Settings

BASE = "all-MiniLM-L6-v2"
MAX_LENGTH, HEAD_TOKENS = 128, 32  # what the base was trained on; a longer review keeps both of its ends
BATCH = 32
BLOCK = 512  # texts in a file: what a kill can lose
COLUMNS = 2**18


class Small(NamedTuple):
    """How texts become numbers, once each, and a new classifier of such numbers."""

    features: Callable[[Sequence[str]], object]  # a matrix with a row for each text
    learner: Callable[[], object]


class StoredRows:
    """A row of numbers for each text, worked out once and kept in a folder in blocks."""

    def __init__(self, compute: Callable[[list[str]], np.ndarray], folder: Path):
        self.compute, self.folder = compute, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.rows: dict[str, np.ndarray] = {}
        for path in sorted(folder.glob("*.npz")):
            with np.load(path, allow_pickle=False) as block:
                self.rows |= zip(block["keys"].tolist(), block["rows"], strict=True)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """The rows of the texts, in their order; those not yet known are computed, and kept."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.rows}
        order = sorted(new, key=lambda key: len(new[key]))  # like lengths together: less padding
        for start in tqdm(range(0, len(order), BLOCK), desc=self.folder.name, disable=not order):
            block = order[start : start + BLOCK]
            self._keep(block, self.compute([new[key] for key in block]))
        return np.array([self.rows[key] for key in keys])

    def _keep(self, keys: list[str], rows: np.ndarray) -> None:
        name = hashlib.sha256("".join(keys).encode()).hexdigest()[:16]
        with atomic(self.folder / f"{name}.npz") as temporary, temporary.open("wb") as file:
            np.savez(file, keys=np.array(keys), rows=rows)
        self.rows |= zip(keys, rows, strict=True)


class Embedder:
    """Texts to vectors of length 1: the mean of a frozen base's token vectors."""

    def __init__(self, settings: Settings, base: str = BASE):
        folder = resolve_base(base, settings.cache)
        self.device = pick_device(settings)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval().to(self.device)
        lighten(self.model, settings, self.device)

    @torch.inference_mode()
    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """One vector a text, in their order; neighbours of like length are the quickest."""
        rows = encode(texts, self.tokenizer, MAX_LENGTH, HEAD_TOKENS)
        found = [self._batch(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
        return torch.cat(found).cpu().numpy()

    def _batch(self, rows: list[list[int]]) -> torch.Tensor:
        inputs = self.tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(self.device)
        mask = inputs["attention_mask"].unsqueeze(-1)
        hidden = self.model(**inputs).last_hidden_state.float() * mask
        return torch.nn.functional.normalize(hidden.sum(dim=1) / mask.sum(dim=1), dim=-1)


def embedded(settings: Settings, work: Path, base: str = BASE) -> StoredRows:
    """The embeddings of texts by a frozen base, which are kept in `work`."""
    return StoredRows(Embedder(settings, base), work / f"embeddings-{base}-{MAX_LENGTH}")


def by_embeddings(settings: Settings, work: Path) -> Small:
    """The classifier of frozen embeddings, which are kept in `work`."""
    stored = embedded(settings, work)
    return Small(stored, lambda: LogisticRegression(C=3, max_iter=1000))


def by_words() -> Small:
    """The classifier of words and pairs of words, hashed, so that no count depends on the other reviews."""
    return Small(lambda texts: ngrams.count(texts, COLUMNS), counts_classifier)
