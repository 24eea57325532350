"""Heads that read the mean of the token vectors: what they compute, and what they do without."""

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoTokenizer,
    BertForSequenceClassification,
    GPT2Config,
    VisionEncoderDecoderConfig,
)

from revdemo.errors import RevdemoError
from revdemo.models.pooling import classifier_class
from tests.support.tiny import tiny_encoder


@pytest.fixture(params=["bert", "distilbert"])
def pooled(request, tmp_path):
    """A classifier on the mean of a tiny base's token vectors, and its tokenizer."""
    folder = tiny_encoder(tmp_path / "base", kind=request.param)
    torch.manual_seed(1)
    auto = classifier_class(AutoConfig.from_pretrained(folder), "mean")
    return auto.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def test_the_logits_are_a_linear_layer_on_the_mean_of_the_tokens(pooled):
    model, tokenizer = pooled
    inputs = tokenizer("A dull film.", return_tensors="pt")
    inputs.pop("token_type_ids", None)
    with torch.no_grad():
        hidden = model.base_model(**inputs).last_hidden_state
        assert torch.allclose(model(**inputs).logits, model.classifier(hidden.mean(dim=1)), atol=1e-6)


def test_padding_does_not_count(pooled):
    model, tokenizer = pooled
    texts = ["A dull film.", "A dull film. The acting is wooden and the ending came too late for me."]
    ids = [tokenizer(text)["input_ids"] for text in texts]
    width = max(map(len, ids))
    padded = torch.tensor([row + [tokenizer.pad_token_id] * (width - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
    with torch.no_grad():
        together = model(input_ids=padded, attention_mask=mask).logits
        alone = model(input_ids=torch.tensor(ids[:1]), attention_mask=torch.ones(1, len(ids[0]))).logits
    assert torch.allclose(together[:1], alone, atol=1e-5)


def test_it_takes_embeddings_as_explanations_give_them(pooled):
    model, tokenizer = pooled
    ids = torch.tensor([tokenizer("A dull film.")["input_ids"]])
    mask = torch.ones_like(ids)
    with torch.no_grad():
        embedded = model.get_input_embeddings()(ids)
        found = model(inputs_embeds=embedded, attention_mask=mask).logits
        assert torch.allclose(found, model(input_ids=ids, attention_mask=mask).logits, atol=1e-6)


def test_nothing_is_left_of_the_head_that_read_the_first_token(pooled):
    model, _ = pooled
    names = {name for name, _ in model.named_parameters()}
    assert not any("pooler" in name or "pre_classifier" in name for name in names)
    assert {name for name in names if name.startswith("classifier")} == {
        "classifier.weight",
        "classifier.bias",
    }


def test_the_first_token_is_transformers_own_class(tmp_path):
    config = AutoConfig.from_pretrained(tiny_encoder(tmp_path / "base"))
    assert classifier_class(config) is BertForSequenceClassification


def test_an_architecture_without_a_classifier_is_named():
    config = VisionEncoderDecoderConfig(encoder=GPT2Config().to_dict(), decoder=GPT2Config().to_dict())
    with pytest.raises(
        RevdemoError, match="no sequence classifier for the architecture vision-encoder-decoder"
    ):
        classifier_class(config, "mean")
