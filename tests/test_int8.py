"""Int8 layers: near the layers they stand for, in place, and only where they are wanted."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from transformers.pytorch_utils import Conv1D

from revdemo.errors import RevdemoError
from revdemo.int8 import Int8Linear, lighten, quantize
from tests.tiny import tiny_causal, tiny_encoder

CPU = torch.device("cpu")
INT8 = SimpleNamespace(quantize="int8")


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
    monkeypatch.setattr("revdemo.int8.products_are_exact", lambda: False)
    layer = Int8Linear(torch.randn(40, 64), None)
    assert layer.weight.abs().max() == 63
    assert 2 * 63 * 255 < 2**15


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
    monkeypatch.setattr("revdemo.int8.products_are_exact", lambda: exact)
    model = nn.Sequential(nn.Linear(64, 64))
    quantize(model, SimpleNamespace(quantize=wanted), torch.device(device))
    assert isinstance(model[0], Int8Linear) is done


def test_int8_on_a_gpu_is_refused():
    with pytest.raises(RevdemoError, match="for a CPU"):
        quantize(nn.Sequential(), SimpleNamespace(quantize="int8"), torch.device("cuda"))


@pytest.mark.parametrize(
    ("setting", "amx", "kind"),
    [("auto", True, torch.bfloat16), ("auto", False, torch.float32), ("none", True, torch.float32)],
)
def test_a_classifier_is_in_bf16_only_where_the_processor_multiplies_it(monkeypatch, setting, amx, kind):
    monkeypatch.setattr("revdemo.int8.multiplies_bf16", lambda: amx)
    monkeypatch.setattr("revdemo.int8.products_are_exact", lambda: False)
    model = nn.Sequential(nn.Linear(64, 64))
    lighten(model, SimpleNamespace(quantize=setting), torch.device("cpu"))
    assert model[0].weight.dtype == kind
