"""Guidance that is trained in: the generator comes to predict without guidance what it predicted with it."""

import pandas as pd
import pytest
import torch

from tests.support import tiny
from train import generator
from train.fitting import guidance
from train.fitting.recipes import GeneratorRecipe

TEXTS = ["A dull film with a good cast.", "Wonderful, warm and a little too long.", "Bad jokes, good songs."]


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A tiny base and an adapter for it that does something."""
    folder = tmp_path_factory.mktemp("guidance")
    base = tiny.tiny_causal(folder / "base", kind="llama")
    rows = pd.DataFrame({"text": TEXTS, "stars": [1, 5, 3]})
    recipe = GeneratorRecipe(base=str(base), mode="adapter", rank=4, max_length=40)
    trainer, _ = generator.make_trainer(recipe, rows, rows, folder / "adapter")
    torch.manual_seed(0)
    for name, weight in trainer.model.named_parameters():
        if "lora_B" in name:
            weight.data.normal_(std=0.1)
    trainer.model.save_pretrained(folder / "adapter", save_embedding_layers=False)
    return folder


def make(start, out, **changes):
    """A trainer that distils a guidance of 3 into a copy of the adapter."""
    rows = pd.DataFrame({"text": TEXTS * 8, "stars": [1, 5, 3] * 8})
    recipe = GeneratorRecipe(
        **{
            "base": str(start / "base"),
            "mode": "adapter",
            "start": str(start / "adapter"),
            "rank": 4,
            "max_length": 40,
            "batch_size": 4,
            "accumulation": 1,
            "distilled_guidance": 3.0,
            "learning_rate": 3e-3,
            "weight_decay": 0.0,
            "epochs": 8,
            "bare": 0.0,
        }
        | changes
    )
    return generator.make_trainer(recipe, rows, rows.head(6), out)


def divergence(trainer, batch) -> float:
    with torch.no_grad():
        return float(trainer.compute_loss(trainer.model, batch))


def test_the_target_is_what_guidance_makes_of_two_prompts(start, tmp_path):
    trainer, tokenizer = make(start, tmp_path)
    row = trainer.train_dataset[0]
    found = trainer.wanted(trainer.data_collator([row]))
    asked, bare = (
        trainer.teacher(torch.tensor([row[name]])).logits[0, :-1].log_softmax(-1)
        for name in ("input_ids", "bare_input_ids")
    )
    review = len(found)
    assert tokenizer.decode(row["bare_input_ids"]).startswith("Review. ")
    assert row["input_ids"][-review:] == row["bare_input_ids"][-review:]
    expected = (bare[-review:] + 3 * (asked[-review:] - bare[-review:])).log_softmax(-1)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_padding_changes_neither_target_nor_loss(start, tmp_path):
    trainer, _ = make(start, tmp_path)
    rows = [trainer.train_dataset[i] for i in range(3)]
    together = trainer.wanted(trainer.data_collator(rows))
    alone = torch.cat([trainer.wanted(trainer.data_collator([row])) for row in rows])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


def test_training_lowers_the_divergence_and_leaves_the_teacher_alone(start, tmp_path):
    trainer, _ = make(start, tmp_path, distilled_guidance=1.5)
    batch = trainer.data_collator(list(trainer.eval_dataset))
    wanted, before = trainer.wanted(batch), divergence(trainer, batch)
    trainer.train()
    assert divergence(trainer, batch) < 0.6 * before
    torch.testing.assert_close(trainer.wanted(batch), wanted)


def test_a_bare_row_keeps_its_own_distribution(start, tmp_path):
    trainer, _ = make(start, tmp_path, bare=0.99)
    row = next(own for own in trainer.train_dataset if own["input_ids"] == own["bare_input_ids"])
    assert divergence(trainer, trainer.data_collator([row])) == pytest.approx(0, abs=1e-4)


def test_the_loss_of_a_step_of_several_batches_is_that_of_one(start, tmp_path):
    trainer, _ = make(start, tmp_path)
    rows = [trainer.train_dataset[i] for i in range(4)]
    whole = trainer.data_collator(rows)
    count = (whole["labels"] != guidance.IGNORED).sum()
    with torch.no_grad():
        parts = [
            trainer.compute_loss(trainer.model, trainer.data_collator(half), num_items_in_batch=count)
            for half in (rows[:1], rows[1:])
        ]
    assert float(sum(parts)) == pytest.approx(divergence(trainer, whole), rel=1e-4)


def test_without_a_start_there_is_nothing_to_distil():
    with pytest.raises(ValueError, match="distilled_guidance needs start"):
        GeneratorRecipe(base="x", mode="adapter", distilled_guidance=2.0)
