"""How far a table is from what a generator writes."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from revdemo.balancing import domain_gap
from revdemo.balancing.domain_gap import SHORTEST, TEXTS, TOKENS, Distance, measure, reference, score
from revdemo.models.likelihood import Likelihood
from tests.support.tiny import tiny_causal

REVIEWS = [
    "Slow, but the ending earns it in full.",
    "I laughed twice and slept once, which is not what it said.",
    "Terrible from the first to the last minute of it. " * 8,
]


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    folder = tiny_causal(tmp_path_factory.mktemp("causal"))
    return SimpleNamespace(
        model=AutoModelForCausalLM.from_pretrained(folder).eval(),
        tokenizer=AutoTokenizer.from_pretrained(folder),
        prefix=SimpleNamespace(ask=lambda star, kind: f"Review of {star}."),
        device=torch.device("cpu"),
        source=SimpleNamespace(folder=tmp_path_factory.mktemp("empty"), revision="0123"),
    )


def by_hand(writer, text, stars):
    """Bits of the review after its prefix, and the bytes of what was read."""
    skip = len(writer.tokenizer(f"Review of {stars}.")["input_ids"])
    ids = writer.tokenizer(f"Review of {stars}. {text}", return_tensors="pt")["input_ids"][:, : skip + TOKENS]
    with torch.no_grad():
        logs = writer.model(ids).logits.log_softmax(dim=-1)[0]
    bits = -sum(float(logs[at - 1, ids[0, at]]) for at in range(skip, ids.shape[1])) / math.log(2)
    return bits, len(writer.tokenizer.decode(ids[0, skip:]).strip().encode())


def test_the_review_is_scored_under_its_prefix_and_cut(writer):
    found = score(writer, REVIEWS, [4, 1, 3])
    wanted = [by_hand(writer, text, stars) for text, stars in zip(REVIEWS, [4, 1, 3], strict=True)]
    assert found.bits == pytest.approx([bits for bits, _ in wanted], rel=1e-4)
    assert found.bytes.tolist() == [size for _, size in wanted]
    assert found.bytes[2] < len(REVIEWS[2])


def test_the_distance_is_bits_a_byte_over_the_sample(writer):
    found = measure(writer, REVIEWS, [4, 1, 3])
    rows = score(writer, REVIEWS, [4, 1, 3])
    assert found.n == 3 and found.reference is None and not found.far
    assert found.bits == pytest.approx(rows.bits.sum() / rows.bytes.sum(), rel=1e-4)
    assert found.low <= found.bits <= found.high
    assert measure(writer, REVIEWS, [4, 1, 3]) == found


def test_short_texts_are_left_out_and_a_large_table_is_sampled(monkeypatch):
    asked = []

    def scored(_, texts, stars, kind):
        asked.extend(texts)
        nats = np.full(len(texts), 12.0 * math.log(2))
        return Likelihood(nats, np.full(len(texts), 9), np.full(len(texts), 10))

    monkeypatch.setattr(domain_gap, "score", scored)
    monkeypatch.setattr(domain_gap, "reference", lambda source: 1.0)
    texts = ["Too short."] * 50 + [f"This one has five words {n}" for n in range(500)]
    found = measure(SimpleNamespace(source=None), texts, [5] * 550)
    assert found.n == len(asked) == TEXTS and len(set(asked)) == TEXTS
    assert all(len(text.split()) >= SHORTEST for text in asked)
    assert found.ratio == pytest.approx(1.2) and found.far
    assert measure(SimpleNamespace(source=None), texts[:50], [5] * 50) is None
    assert measure(SimpleNamespace(source=None), texts, [5] * 550, should_stop=lambda: True) is None


@pytest.mark.parametrize(
    ("bits", "beside", "far", "said"),
    [
        (1.51, 1.21, True, "does not look like what this generator writes: 1.51 bits per byte"),
        (1.51, 1.21, True, "25% more"),
        (1.24, 1.21, False, "Your table looks like what this generator writes"),
        (1.51, None, False, "nothing to compare with"),
    ],
)
def test_what_is_said(bits, beside, far, said):
    found = Distance(80, bits, bits - 0.05, bits + 0.05, beside)
    assert found.far is far and said in str(found)
    assert ("another kind of review than it writes" in found.told) is far


def test_the_reference_is_the_checkpoints_own_or_what_was_measured_of_it(tmp_path, monkeypatch):
    measured = tmp_path / "generator.json"
    change = {when: {"value": 1.21, "low": 1.2, "high": 1.3} for when in ("before", "after")}
    model = {"role": "generator", "revision": "abc"}
    measured.write_text(json.dumps({"model": model, "bits_per_byte": change, "perplexity": change}))
    monkeypatch.setattr(domain_gap, "MEASURED", measured)
    source = SimpleNamespace(folder=tmp_path / "adapter", revision="abc")
    source.folder.mkdir()
    assert reference(source) == 1.21
    assert reference(SimpleNamespace(folder=source.folder, revision="other")) is None
    (source.folder / "revdemo.json").write_text(json.dumps({"bits_per_byte": 1.4}))
    assert reference(source) == 1.4
    assert replace(Distance(1, 1.4, 1, 2, 1.4), bits=2.8).ratio == 2


def test_the_starter_has_a_reference():
    from revdemo.models.weights import registry
    from revdemo.settings import Settings

    assert reference(registry.find("generator", Settings(generator="assets/models/generator"))) > 1
