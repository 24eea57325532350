"""Int8 layers: near the layers they stand for, in place, and only where they are wanted."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from transformers.pytorch_utils import Conv1D

from revdemo.errors import RevdemoError
from revdemo.models import quantization
from revdemo.models.quantization import Int8Linear, lighten, quantize
from tests.support.tiny import tiny_causal, tiny_encoder

CPU = torch.device("cpu")
INT8 = SimpleNamespace(quantize="int8")
PACKS, EXACT = quantization.packs, quantization.products_are_exact


@pytest.fixture(autouse=True)
def forgotten():
    """What is found out about the processor once is found out anew: a test may have changed the answer."""
    yield
    PACKS.cache_clear()
    EXACT.cache_clear()


@pytest.mark.parametrize("shape", [(5, 64), (2, 3, 64)], ids=["rows", "batch of rows"])
@pytest.mark.parametrize("bias", [True, False])
def test_an_int8_layer_is_near_its_layer_for_every_token(shape, bias):
    torch.manual_seed(0)
    layer = nn.Linear(64, 48, bias=bias)
    inputs = torch.randn(shape)
    inputs.view(-1, 64)[0] *= 1000  # the first token must not cost the others their precision
    expected, found = layer(inputs), Int8Linear(layer.weight.data, layer.bias)(inputs)
    assert found.shape == expected.shape
    assert torch.all((found - expected).norm(dim=-1) < 0.04 * expected.norm(dim=-1))


def test_fewer_levels_keep_products_below_16_bits_where_they_saturate(monkeypatch):
    monkeypatch.setattr("revdemo.models.quantization.products_are_exact", lambda: False)
    layer = Int8Linear(torch.randn(40, 64), None)
    assert (layer.dense() / layer.scale[:, None]).abs().max() == pytest.approx(63)
    assert 2 * 63 * 255 < 2**15


@pytest.mark.parametrize("packed", [False, True])
def test_a_row_gives_the_same_bits_whatever_rows_stand_beside_it(monkeypatch, packed):
    monkeypatch.setattr(
        "revdemo.models.quantization.packs", lambda here=quantization.packs: packed and here()
    )
    layer = Int8Linear(torch.randn(96, 64), torch.randn(96))
    rows = torch.randn(40, 64)
    together = layer(rows)
    for count in (1, 7, 33):
        assert torch.equal(layer(rows[:count]), together[:count])


@pytest.mark.parametrize(("most", "exact"), [(2**31, True), (2**15 - 1, False)], ids=["VNNI", "AVX2"])
def test_levels_are_those_that_the_product_in_use_does_not_saturate(monkeypatch, most, exact):
    """As a processor without VNNI does it: sums of two products are cut at 16 bits."""

    def product(rows, weight, scale, zeros):
        pairs = (rows.long()[:, None] * weight.long()).unflatten(-1, (-1, 2)).sum(-1).clamp(max=most)
        return (pairs.sum(-1) - 128 * weight.long().sum(-1)).float()

    monkeypatch.setattr(quantization, "_pack", lambda weight: weight)
    monkeypatch.setattr(quantization, "_packed_product", product)
    monkeypatch.setattr(quantization, "packs", quantization.packs.__wrapped__)
    assert quantization.packs()
    assert quantization.products_are_exact.__wrapped__() is exact


def test_packed_and_plain_products_are_the_same(monkeypatch):
    if not quantization.packs():
        pytest.skip("this torch packs no int8 weights")
    weight, rows = torch.randn(64, 96).t(), torch.randn(20, 64)
    packed = Int8Linear(weight, None)
    monkeypatch.setattr("revdemo.models.quantization.packs", lambda: False)
    plain = Int8Linear(weight, None)
    assert torch.allclose(packed(rows), plain(rows), rtol=1e-5, atol=1e-6)
    assert torch.allclose(packed.dense(), plain.dense())


def test_rows_of_zeros_stay_finite():
    layer = Int8Linear(torch.zeros(40, 64), None)
    assert torch.equal(layer(torch.zeros(2, 64)), torch.zeros(2, 40))


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_a_language_model_keeps_its_likely_tokens(tmp_path, kind):
    model = AutoModelForCausalLM.from_pretrained(tiny_causal(tmp_path, kind)).eval()
    ids = torch.arange(40).reshape(2, 20)
    with torch.inference_mode():
        before = model(ids).logits.softmax(-1)
        quantize(model, INT8, CPU)
        after = model(ids).logits.softmax(-1)
    assert not any(isinstance(layer, nn.Linear | Conv1D) for layer in model.modules())
    assert (after - before).abs().sum(-1).max() < 0.02


def test_a_classifier_keeps_its_head(tmp_path):
    model = AutoModelForSequenceClassification.from_pretrained(tiny_encoder(tmp_path)).eval()
    quantize(model, INT8, CPU)
    assert [name for name, layer in model.named_modules() if isinstance(layer, nn.Linear)] == ["classifier"]


@pytest.mark.parametrize(
    ("wanted", "device", "exact", "done"),
    [
        ("auto", "cpu", True, True),
        ("auto", "cpu", False, False),
        ("int8", "cpu", False, True),
        ("none", "cpu", True, False),
        ("auto", "cuda", True, False),
    ],
)
def test_the_settings_and_the_processor_decide(monkeypatch, wanted, device, exact, done):
    monkeypatch.setattr("revdemo.models.quantization.products_are_exact", lambda: exact)
    model = nn.Sequential(nn.Linear(64, 64))
    taken = quantize(model, SimpleNamespace(quantize=wanted), torch.device(device))
    assert isinstance(model[0], Int8Linear) is done
    assert taken == ("int8" if done else "float32")


@pytest.mark.parametrize(
    ("exact", "packed", "done"), [(False, True, True), (False, False, False), (True, False, True)]
)
def test_a_coarse_model_takes_fewer_levels_where_their_product_is_fast(monkeypatch, exact, packed, done):
    monkeypatch.setattr("revdemo.models.quantization.products_are_exact", lambda: exact)
    monkeypatch.setattr("revdemo.models.quantization.packs", lambda: packed)
    monkeypatch.setattr("revdemo.models.quantization._pack", lambda whole: whole.t())
    model = nn.Sequential(nn.Linear(64, 64))
    taken = quantize(model, SimpleNamespace(quantize="auto"), torch.device("cpu"), coarse=True)
    assert isinstance(model[0], Int8Linear) is done and taken == ("int8" if done else "float32")


def test_int8_on_a_gpu_is_refused():
    with pytest.raises(RevdemoError, match="for a CPU"):
        quantize(nn.Sequential(), SimpleNamespace(quantize="int8"), torch.device("cuda"))


@pytest.mark.parametrize(
    ("setting", "amx", "kind"),
    [("auto", True, torch.bfloat16), ("auto", False, torch.float32), ("none", True, torch.float32)],
)
def test_a_classifier_is_in_bf16_only_where_the_processor_multiplies_it(monkeypatch, setting, amx, kind):
    monkeypatch.setattr("revdemo.models.quantization.multiplies_bf16", lambda: amx)
    monkeypatch.setattr("revdemo.models.quantization.products_are_exact", lambda: False)
    model = nn.Sequential(nn.Linear(64, 64))
    taken = lighten(model, SimpleNamespace(quantize=setting), torch.device("cpu"))
    assert model[0].weight.dtype == kind
    assert taken == {torch.bfloat16: "bf16", torch.float32: "float32"}[kind]


@pytest.mark.parametrize(
    ("amx", "vectors", "times", "wanted"),
    [
        (True, False, {}, True),
        (False, False, {}, False),
        (False, True, {torch.float32: 3.0, torch.bfloat16: 2.0}, True),
        (False, True, {torch.float32: 2.0, torch.bfloat16: 3.0}, False),
        (False, True, {torch.float32: 2.0, torch.bfloat16: 1.99}, False),
    ],
    ids=["tiles", "neither", "faster vectors", "slower vectors", "no faster to speak of"],
)
def test_bf16_is_timed_where_the_processor_has_only_vectors_for_it(monkeypatch, amx, vectors, times, wanted):
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: vectors, raising=False)
    monkeypatch.setattr(quantization, "_seconds", lambda dtype: times[dtype])
    assert quantization.multiplies_bf16.__wrapped__() is wanted


def test_a_product_is_timed_within_moments():
    assert 0 < quantization._seconds(torch.float32) < 1
