"""Perplexity and bits per byte."""

import math

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from revdemo.models.likelihood import Likelihood
from tests.support.tiny import tiny_causal
from train.measures.generated.perplexity import measure, score

TEXTS = [
    "Slow, but the ending earns it.",
    "Terrible.",
    "I laughed twice and slept once, which is not what it said.",
]
ASKS = ["Review of 4.", "Review of 1.", "Review of 3."]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tiny_causal(tmp_path_factory.mktemp("causal"))
    return AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def by_hand(model, tokenizer, text, stars):
    ids = tokenizer(f"Review of {stars}. {text}", return_tensors="pt")["input_ids"]
    skip = len(tokenizer(f"Review of {stars}.")["input_ids"])
    with torch.no_grad():
        logs = model(ids).logits.log_softmax(dim=-1)[0]
    return -sum(float(logs[place - 1, ids[0, place]]) for place in range(skip, ids.shape[1])), ids.shape[
        1
    ] - skip


def test_the_review_is_scored_and_its_prefix_is_context(tiny):
    found = score(*tiny, TEXTS, ASKS, 128, "test")
    wanted = [by_hand(*tiny, text, stars) for text, stars in zip(TEXTS, [4, 1, 3], strict=True)]
    assert found.nats == pytest.approx([nats for nats, _ in wanted], rel=1e-4)
    assert found.tokens.tolist() == [tokens for _, tokens in wanted]
    assert found.bytes.tolist() == [len(text.encode()) for text in TEXTS]


def test_a_long_review_is_scored_up_to_the_limit(tiny):
    whole, cut = (score(*tiny, TEXTS[:1], ASKS[:1], most, "test") for most in (128, 14))
    assert cut.tokens[0] < whole.tokens[0] and cut.nats[0] < whole.nats[0]
    assert 0 < cut.bytes[0] < whole.bytes[0]


def test_measure():
    before = Likelihood(np.full(4, 30.0), np.full(4, 10), np.full(4, 40))
    after = Likelihood(np.full(4, 24.0), np.full(4, 10), np.full(4, 40))
    found = measure(before, after, ["a", "a", "b", "c"])
    assert found["n"] == 4 and found["tokens"] == 40 and found["bytes"] == 160
    assert found["perplexity"]["before"].value == pytest.approx(math.exp(3))
    assert found["perplexity"]["after"].value == pytest.approx(math.exp(2.4))
    assert found["bits_per_byte"]["after"].value == pytest.approx(24 / 40 / math.log(2))
    assert found["ratio"].as_dict() == pytest.approx({"value": 0.8, "low": 0.8, "high": 0.8})
