"""Why these stars: the share of each word in the expected stars of a text, and the stars of each sentence."""

from __future__ import annotations

import copy
import re
import threading
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np
import regex
import torch
from torch import nn

from revdemo.errors import RevdemoError
from revdemo.models.classifier import StarClassifier, shorten
from revdemo.models.ngrams import NgramModel, bucket, count, features
from revdemo.models.quantization import Int8Linear
from revdemo.reviews import STARS, clean

STEPS = 24  # on the way from no words to the text; benchmarks/why.py prints what fewer and more cost
AT_ONCE = 1024  # tokens in one pass, so that a long text takes no more memory than a short one
MARKS = "'\"!?.,;:()-"  # what `clean` leaves beside letters and digits


@dataclass(frozen=True)
class Word:
    """A word of a cleaned text, where it stands there, and how many stars it moves the expected ones by."""

    text: str
    start: int
    end: int
    share: float


@dataclass(frozen=True)
class Explanation:
    """The expected stars of a text, those of no words at all, and the words that make the difference.

    `text` is the cleaned text, in which the words stand.
    """

    text: str
    expected: float
    baseline: float
    words: tuple[Word, ...]

    @property
    def remainder(self) -> float:
        """What the shares leave of expected minus baseline: the error of a sum in place of an integral."""
        return self.expected - self.baseline - sum(word.share for word in self.words)

    def strongest(self, most: int = 5) -> list[Word]:
        """The words of the largest shares, up or down, the strongest first."""
        return sorted(self.words, key=lambda word: -abs(word.share))[:most]


@dataclass(frozen=True)
class Sentence:
    """One sentence of a text, with the stars and the confidence it has when it stands alone."""

    text: str
    stars: int
    confidence: float


def explain(classifier: StarClassifier, text: str, steps: int = STEPS) -> Explanation:
    """Share out the difference that the words of a text make to the expected stars, word by word.

    Integrated gradients (Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks") from a text of
    padding, in which the n-gram model reads nothing, to the text: over the transformer's word embeddings and
    the words' parts of the n-gram model's logits together, so that the shares sum to expected - baseline.

    The transformer computes in float32 here, so `expected` may differ in the second decimal from a
    prediction in int8 or bf16. Its copy is made at the first call and lives as long as the classifier.

    Raises:
        RevdemoError: the text holds no words, or the model has a tokenizer that cannot say where tokens are.
    """
    if elsewhere := getattr(classifier, "elsewhere", None):  # where the GPU is in another process
        return elsewhere(explain, text, steps)
    cleaned = clean(text)
    if not cleaned:
        raise RevdemoError("The text holds no words: emojis, links and markup do not count. Write a word.")
    starts = [chunk.start() for chunk in _CHUNK.finditer(cleaned)]
    ids, places = _tokens(classifier, cleaned, starts)
    beside = by_words(classifier.ngrams, cleaned, starts, classifier.labels)
    expected, baseline, by_token, by_word = _integrate(classifier, ids, places, beside, steps)
    for share, place in zip(by_token, places, strict=True):
        if place is not None:
            by_word[place] += share
    words = (
        Word(*_trimmed(chunk), float(share))
        for chunk, share in zip(_CHUNK.finditer(cleaned), by_word, strict=True)
    )
    return Explanation(cleaned, expected, baseline, tuple(words))


def prepare() -> None:
    """Import what only explanations need, seconds at the first time, so that the first one need not."""
    import captum.attr  # noqa: F401


# --- words ------------------------------------------------------------------------------------------------

_CHUNK = re.compile(r"\S+")
_TERM = re.compile(r"(?u)\b\w\w+\b")  # of the n-gram model, as scikit-learn's vectorizers have it


def _trimmed(chunk: re.Match[str]) -> tuple[str, int, int]:
    """A run of letters and marks without the marks at its ends, and where it stands; marks alone stay."""
    text = chunk.group()
    word = text.strip(MARKS) or text
    start = chunk.start() + text.index(word)
    return word, start, start + len(word)


def _word_at(starts: list[int], place: int) -> int:
    """The number of the word at a place of the text; a space goes with the word before it."""
    return max(bisect_right(starts, place) - 1, 0)


def _tokens(classifier: StarClassifier, text: str, starts: list[int]) -> tuple[list[int], list[int | None]]:
    """The ids of the tokens that the model reads, and the number of the word of each, if it has one."""
    if not classifier.tokenizer.is_fast:
        raise RevdemoError("This star classifier has a slow tokenizer, which cannot say where tokens are.")
    with classifier._lock:
        found = classifier.tokenizer(
            text, return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False
        )
    rows = zip(found["input_ids"], found["offset_mapping"], found["special_tokens_mask"], strict=True)
    places = [(token, None if special else _word_at(starts, end - 1)) for token, (_, end), special in rows]
    ids, words = zip(*shorten(places, classifier.max_length, classifier.head_tokens), strict=True)
    return list(ids), list(words)


def by_words(ngrams: NgramModel | None, text: str, starts: list[int], labels: int) -> np.ndarray:
    """What each word adds to the n-gram model's logits: (words, labels). A pair's part is halved."""
    parts = np.zeros((len(starts), labels), dtype=np.float32)
    terms = [(term, _word_at(starts, place)) for term, place in _terms(text)]
    if ngrams is None or not terms:
        return parts
    pairs = list(pairwise(terms))
    grams = [term for term, _ in terms] + [f"{first} {second}" for (first, _), (second, _) in pairs]
    size = len(ngrams.idf)
    buckets = np.array([bucket(gram, size) for gram in grams])
    # n-grams that share a bucket share its value, and so do those that occur more than once
    values = features(count([text], size), ngrams.idf, ngrams.usual).toarray()[0] / np.maximum(
        np.bincount(buckets, minlength=size), 1
    )
    logits = values[buckets, None] * ngrams.weights[buckets]
    np.add.at(parts, [place for _, place in terms], logits[: len(terms)])
    for side in (0, 1):
        np.add.at(parts, [pair[side][1] for pair in pairs], logits[len(terms) :] / 2)
    return parts


def _terms(text: str) -> list[tuple[str, int]]:
    """The n-gram model's words of a text, in lower case, and where each begins in the text itself."""
    origin = [place for place, letter in enumerate(text) for _ in letter.lower()]
    return [(term.group(), origin[term.start()]) for term in _TERM.finditer(text.lower())]


# --- gradients --------------------------------------------------------------------------------------------

_copies: WeakKeyDictionary[StarClassifier, nn.Module] = WeakKeyDictionary()
_copying = threading.Lock()


def _integrate(
    classifier: StarClassifier,
    ids: list[int],
    places: list[int | None],
    beside: np.ndarray,
    steps: int,
) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Expected stars of the text and of the baseline; the shares of the tokens, and of the words' n-grams."""
    from captum.attr import IntegratedGradients  # here: it takes a second to import

    model, stars = _with_gradient(classifier), torch.tensor(STARS, dtype=torch.float32)
    # padding, not masks: without the five strongest words 14 validation reviews moved by 0.34 and 0.24 stars
    blank = classifier.tokenizer.pad_token_id
    blanks = [token if place is None else blank for token, place in zip(ids, places, strict=True)]
    both = torch.tensor([ids, blanks], device=classifier.device)

    def expected(embeddings: torch.Tensor, parts: torch.Tensor) -> torch.Tensor:
        mask = torch.ones(embeddings.shape[:2], dtype=torch.long, device=embeddings.device)
        logits = model(inputs_embeds=embeddings, attention_mask=mask).logits.cpu() + parts.sum(dim=1)
        return (logits / classifier.temperature).softmax(dim=-1) @ stars

    with torch.no_grad():
        words = model.get_input_embeddings()(both)
        parts = torch.stack([torch.from_numpy(beside), torch.zeros(beside.shape)])
        ends = expected(words, parts).tolist()
    with torch.enable_grad():
        by_token, by_word = IntegratedGradients(expected).attribute(
            inputs=(words[:1], parts[:1]),
            baselines=(words[1:], parts[1:]),
            n_steps=steps,
            internal_batch_size=max(1, AT_ONCE // len(ids)),
        )
    return *ends, *(shares.detach().cpu()[0].sum(dim=-1).numpy() for shares in (by_token, by_word))


def _with_gradient(classifier: StarClassifier) -> nn.Module:
    with _copying:
        if classifier not in _copies:
            _copies[classifier] = in_float32(classifier.model)
        return _copies[classifier]


def in_float32(model: nn.Module) -> nn.Module:
    """The model in float32, with layers that have a gradient; itself, where it is so already.

    The copy shares what is float32 in the model, such as the embeddings beside int8 layers.
    """
    quantized = any(isinstance(layer, Int8Linear) for layer in model.modules())
    if not quantized and all(weight.dtype == torch.float32 for weight in model.parameters()):
        return model
    tensors = [*model.parameters(), *model.buffers()]
    shared = {id(one): one for one in tensors if one.dtype == torch.float32 or not one.is_floating_point()}
    made = copy.deepcopy(model, memo=shared).float()
    for module in list(made.modules()):
        for name, layer in module.named_children():
            if isinstance(layer, Int8Linear):
                setattr(module, name, _linear(layer))
    return made.eval()


def _linear(layer: Int8Linear) -> nn.Linear:
    """The float32 layer that an int8 one computes, but for the rounding of its inputs."""
    made = nn.Linear(layer.in_features, layer.out_features, bias=layer.bias is not None, device="meta")
    made.weight = nn.Parameter(layer.dense(), requires_grad=False)
    if layer.bias is not None:
        made.bias = nn.Parameter(layer.bias.detach(), requires_grad=False)
    return made


# --- sentences --------------------------------------------------------------------------------------------

_GAP = regex.compile(r"(?<=[.!?])\s+|(?<=[.!?]['\")]+)\s+(?!\p{Ll})")
_OPEN = regex.compile(
    r"(?:\b(?i:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|Lt|Col|Gen|Capt|Sgt|vs|e\.g|i\.e|approx)|(?<!\p{L})(?!I)\p{Lu})\.$"
)
_OPEN_WITHIN = (
    16  # the last characters of a piece that tell whether it is open: "approx." and what precedes it
)
_WORDY = regex.compile(r"[\p{L}\p{Nd}]")


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, cleaned: they end at a full stop, ! or ?, but not after Mr., e.g. or J."""
    found: list[list[str]] = []  # the pieces of each: strings that grew would be copied over and over
    for piece in _GAP.split(clean(text)):
        if found and (_OPEN.search(found[-1][-1][-_OPEN_WITHIN:]) or not _WORDY.search(piece)):
            found[-1].append(piece)
        elif piece:
            found.append([piece])
    return [" ".join(pieces) for pieces in found]


def sentences(classifier: StarClassifier, text: str, most: int | None = None) -> list[Sentence]:
    """The stars of each sentence of a text, or of the first `most`, each read by itself.

    Raises:
        RevdemoError: the text holds no words.
    """
    own = split_sentences(text)[:most] or [text]
    predictions = classifier.predict(own)
    return [
        Sentence(sentence, one.stars, one.confidence) for sentence, one in zip(own, predictions, strict=True)
    ]
