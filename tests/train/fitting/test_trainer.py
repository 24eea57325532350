"""Training on tiny checkpoints: what trains, what is saved and loaded, how a killed run ends."""

import json
import random
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from peft import TaskType
from safetensors.torch import load_file
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    LlamaConfig,
    LlamaForCausalLM,
)

from revdemo.errors import RevdemoError
from revdemo.generation.copies import build_copy_index, load_copies
from revdemo.models.classifier import load_stars
from revdemo.models.generator import load_generator
from revdemo.reviews import STARS
from tests.support import tiny
from train import generator, stars
from train.data import prepared
from train.fitting import adapters, commands, generator_reviews, trainer
from train.fitting.recipes import FOLDER, GeneratorRecipe, StarsRecipe, load_recipe

MAIN = {"stars": stars.main, "generator": generator.main}
KINDS = ["bert", "distilbert", "llama", "gpt2"]
MODES = ["adapter", "last_blocks", "full"]


def role_of(kind: str) -> str:
    return "stars" if kind.endswith("bert") else "generator"


def reviews(rows: int, seed: int, unlabelled: int = 0) -> pd.DataFrame:
    draw = random.Random(seed)
    texts = [" ".join(draw.sample(tiny.SENTENCES[2:], 2)) for _ in range(rows + unlabelled)]
    labels = [1 + i % 5 for i in range(rows)] + [0] * unlabelled
    films = [f"{seed}-{i % 9}" for i in range(rows + unlabelled)]
    table = pd.DataFrame({"text": texts, "text_scored": texts, "stars": labels, "movie_id": films})
    return table.assign(source=[["a", "b"][i % 2] for i in range(len(table))])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The folder of parts, as train.prepare writes it."""
    folder = tmp_path_factory.mktemp("data")
    for seed, (part, rows, free) in enumerate(
        [("classifier", 60, 0), ("generator", 60, 20), ("judge", 30, 0), ("validation", 10, 0)]
    ):
        reviews(rows, seed, free).to_parquet(folder / f"{part}.parquet")
    build_copy_index(["one two three"]).save(folder / "copies.npz")
    (folder / "fingerprint.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    """A folder with a tiny checkpoint of every kind."""
    folder = tmp_path_factory.mktemp("bases")
    for kind in KINDS:
        make = tiny.tiny_encoder if role_of(kind) == "stars" else tiny.tiny_causal
        make(folder / kind, kind=kind)
    return folder


def write_recipe(folder, role: str, **values) -> str:
    """A recipe of four steps in two epochs, with an evaluation after each step."""
    recipe = {
        "mode": "adapter",
        "rank": 4,
        "max_length": 48,
        "rows": 60,
        "epochs": 2,
        "batch_size": 16,
        "accumulation": 2,
        "learning_rate": 1e-2,
        "warmup": 0,
        "precision": "float32",
        "saves": 2,
    }
    recipe |= {"head_tokens": 16, "neighbours": 0.1} if role == "stars" else {"unlabelled": 0.2, "clear": 1.0}
    path = folder / f"{role}.yaml"
    path.write_text(yaml.safe_dump(recipe | values))
    return str(path)


def run(role: str, recipe: str, data, out, *more: str) -> dict:
    """Train; returns the log."""
    MAIN[role](["--recipe", recipe, "--data", str(data), "--out", str(out), *more])
    return json.loads((out / "training.json").read_text())


@pytest.fixture(scope="module")
def trained(data, bases, tmp_path_factory):
    """A function that trains a tiny base in a mode, once, and gives the folder of the model."""
    made = {}

    def train_once(kind: str, mode: str):
        if (kind, mode) not in made:
            out = made[kind, mode] = tmp_path_factory.mktemp(f"{kind}-{mode}")
            base = str(bases / kind)
            recipe = write_recipe(out, role_of(kind), base=base, mode=mode, blocks=1)
            run(role_of(kind), recipe, data, out)
        return made[kind, mode]

    return train_once


# --- what is saved ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_a_trained_classifier_predicts_in_the_app(trained, settings, kind, mode):
    folder = trained(kind, mode)
    classifier = load_stars(settings.model_copy(update={"stars_model": str(folder)}))
    (prediction,) = classifier.predict(["Slow, but the ending earns it."])
    assert prediction.stars in STARS
    assert sum(prediction.probabilities) == pytest.approx(1, abs=1e-5)
    assert (classifier.max_length, classifier.head_tokens) == (48, 16)


@pytest.mark.parametrize("mode", ["adapter", "full"])
@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_a_classifier_trained_on_the_mean_of_the_tokens_reads_it_in_the_app(
    data, bases, settings, tmp_path, kind, mode
):
    recipe = write_recipe(tmp_path, "stars", base=str(bases / kind), mode=mode, pooling="mean")
    run("stars", recipe, data, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "revdemo.json").read_text())["pooling"] == "mean"
    classifier = load_stars(settings.model_copy(update={"stars_model": str(tmp_path / "out")}))
    assert type(classifier.model).__name__ == "MeanPoolingClassifier"
    head = load_file(next((tmp_path / "out").glob("*.safetensors")))
    [bias] = [weight for name, weight in head.items() if name.endswith("classifier.bias")]
    assert torch.allclose(classifier.model.classifier.bias.float(), bias.float(), atol=1e-2)
    (prediction,) = classifier.predict(["Slow, but the ending earns it."])
    assert sum(prediction.probabilities) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_a_trained_generator_writes_in_the_app(trained, settings, kind, mode):
    folder = trained(kind, mode)
    writer = load_generator(settings.model_copy(update={"generator": str(folder)}))
    samples = writer.sample(stars=4, n=3, seed=1)
    assert len(samples) == 3
    assert any(samples)
    assert writer.defaults.max_tokens == 32
    assert (folder / "copies.npz").exists()


def test_an_adapter_folder_holds_what_the_app_needs_and_no_base(trained):
    for kind in ("bert", "llama"):
        folder = trained(kind, "adapter")
        files = {path.name for path in folder.iterdir()}
        assert {"adapter_model.safetensors", "adapter_config.json", "revdemo.json", "training.json"} <= files
        assert {"tokenizer.json", "tokenizer_config.json"} <= files
        assert not files & {"model.safetensors", "README.md"}
        weights = load_file(folder / "adapter_model.safetensors")
        assert {own.dtype for own in weights.values()} == {torch.float16}
        assert not any("embed" in name for name in weights)
        assert json.loads((folder / "revdemo.json").read_text())["base"].endswith(kind)


def test_the_log_has_the_command_the_recipe_and_the_losses(trained):
    log = json.loads((trained("bert", "adapter") / "training.json").read_text())
    assert log["recipe"]["learning_rate"] == 1e-2
    assert log["precision"] == "float32"
    evaluations = [entry for entry in log["log"] if "eval_loss" in entry]
    assert [entry["step"] for entry in evaluations] == [1, 2, 3, 4]  # two an epoch
    assert {"eval_exact", "eval_near", "eval_mae", "minutes"} <= evaluations[0].keys()
    assert log["best"] == max(entry["eval_exact"] for entry in evaluations)


def test_the_rows_that_were_trained_on_are_fingerprinted(trained):
    folder = trained("bert", "adapter")
    rows = pd.read_parquet(folder / "training_rows.parquet")
    config = json.loads((folder / "revdemo.json").read_text())
    assert config["training_rows"] == prepared.rows_fingerprint(rows)
    assert config["role"] == "stars"


def test_training_into_a_folder_again_replaces_the_model_whole(data, bases, tmp_path, settings):
    for mode in ("adapter", "full"):
        recipe = write_recipe(tmp_path, "stars", base=str(bases / "bert"), mode=mode, epochs=0.5)
        run("stars", recipe, data, tmp_path / "out", "--fresh")
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert "model.safetensors" in files
    assert not files & {"adapter_config.json", "adapter_model.safetensors"}
    load_stars(settings.model_copy(update={"stars_model": str(tmp_path / "out")})).predict(["Good."])


def test_a_run_can_start_from_an_adapter(trained, data, bases, tmp_path):
    """With a rate of next to nothing, what comes out is what went in."""
    start = trained("bert", "adapter")
    recipe = write_recipe(
        tmp_path, "stars", base=str(bases / "bert"), start=str(start), blocks=1, learning_rate=1e-12
    )
    run("stars", recipe, data, tmp_path / "on")
    before, after = (load_file(one / "adapter_model.safetensors") for one in (start, tmp_path / "on"))
    assert before.keys() == after.keys()
    biases = [name for name in before if name.endswith("classifier.bias")]  # which calibration shifts
    for name in before.keys() - set(biases):
        torch.testing.assert_close(after[name], before[name], atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": "nowhere"}, "There is no adapter in"),
        ({"rank": 8}, "another rank or base"),
        ({"blocks": 2}, "other layers"),
    ],
)
def test_an_adapter_that_does_not_fit_is_refused(change, message, trained, data, bases, tmp_path, capsys):
    own = {"base": str(bases / "bert"), "start": str(trained("bert", "adapter")), "blocks": 1}
    recipe = write_recipe(tmp_path, "stars", **own | change)
    arguments = ["--recipe", recipe, "--data", str(data), "--out", str(tmp_path / "on")]
    assert commands.run(stars.main, arguments) == 2
    assert message in capsys.readouterr().err


def test_a_linear_model_of_words_stands_beside_the_transformer(data, bases, tmp_path, settings):
    recipe = write_recipe(tmp_path, "stars", base=str(bases / "bert"), blocks=1, ngrams=512)
    run("stars", recipe, data, tmp_path / "beside")
    model = load_stars(settings.model_copy(update={"stars_model": str(tmp_path / "beside")}))
    assert model.ngrams.weights.shape == (512, 5)
    model.ngrams.weights[:] = [0, 0, 0, 99, 0]
    assert model.predict([tiny.SENTENCES[3]])[0].stars == 4, "it has a say"
    run(
        "stars",
        write_recipe(tmp_path, "stars", base=str(bases / "bert")),
        data,
        tmp_path / "beside",
        "--fresh",
    )
    again = load_stars(settings.model_copy(update={"stars_model": str(tmp_path / "beside")}))
    assert again.ngrams is None, "what an earlier training left is gone"


def test_the_judge_learns_from_its_own_part(data, bases, tmp_path):
    recipe = write_recipe(tmp_path, "stars", base=str(bases / "bert"), epochs=0.5)
    run("stars", recipe, data, tmp_path, "--part", "judge")
    assert json.loads((tmp_path / "revdemo.json").read_text())["role"] == "judge"
    judge = pd.read_parquet(data / "judge.parquet")
    assert set(pd.read_parquet(tmp_path / "training_rows.parquet")["text"]) <= set(judge["text"])


# --- what trains --------------------------------------------------------------------------------------------

TRAINED = {  # of two blocks the last, and the head
    "bert": ("bert.encoder.layer.1.", "bert.pooler.", "classifier."),
    "distilbert": ("distilbert.transformer.layer.1.", "pre_classifier.", "classifier."),
    "llama": ("model.layers.1.", "model.norm."),
    "gpt2": ("transformer.h.1.", "transformer.ln_f."),
}


@pytest.mark.parametrize("kind", KINDS)
def test_last_blocks_trains_the_last_block_and_the_head_alone(trained, bases, kind):
    before = load_file(bases / kind / "model.safetensors")
    after = load_file(trained(kind, "last_blocks") / "model.safetensors")
    assert before.keys() == after.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert all(name.startswith(TRAINED[kind]) for name in changed)
    assert all(any(name.startswith(part) for name in changed) for part in TRAINED[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_full_trains_everything_but_what_has_no_say(trained, bases, kind):
    before = load_file(bases / kind / "model.safetensors")
    after = load_file(trained(kind, "full") / "model.safetensors")
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert not {name for name in same if name.endswith("weight")}


@pytest.mark.parametrize("blocks, trained_blocks", [(1, {1}), (None, {0, 1}), (5, {0, 1})])
@pytest.mark.parametrize("kind", ["distilbert", "gpt2"])
def test_adapters_sit_in_every_linear_layer_of_the_last_blocks(bases, kind, blocks, trained_blocks):
    role = role_of(kind)
    auto = AutoModelForSequenceClassification if role == "stars" else AutoModelForCausalLM
    recipe = (StarsRecipe if role == "stars" else GeneratorRecipe)(base="x", mode="adapter", blocks=blocks)
    task, head = (TaskType.SEQ_CLS, stars.HEAD) if role == "stars" else (TaskType.CAUSAL_LM, [])
    model = adapters.make_trainable(auto.from_pretrained(bases / kind), recipe, head, task)
    names = [name for name, own in model.named_parameters() if own.requires_grad]
    lora = [name for name in names if "lora_" in name]
    assert {int(part) for name in lora for part in name.split(".") if part.isdigit()} == trained_blocks
    assert len(lora) == 2 * len(trained_blocks) * (6 if kind == "distilbert" else 4)
    assert bool([name for name in names if "classifier" in name]) == (role == "stars")


@pytest.mark.parametrize("name", ["starter-cpu", "starter-gpu"])
@pytest.mark.parametrize("role", MAIN)
def test_the_starters_are_under_20_megabytes(role, name):
    with torch.device("meta"):
        if role == "stars":  # all-MiniLM-L6-v2
            config = BertConfig(
                hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
            )
            model = BertForSequenceClassification(config)
            recipe, head, task = load_recipe(StarsRecipe, name), stars.HEAD, TaskType.SEQ_CLS
        else:  # SmolLM2-135M
            config = LlamaConfig(
                vocab_size=49152,
                hidden_size=576,
                intermediate_size=1536,
                num_hidden_layers=30,
                num_attention_heads=9,
                num_key_value_heads=3,
                tie_word_embeddings=True,
            )
            model = LlamaForCausalLM(config)
            recipe, head, task = load_recipe(GeneratorRecipe, name), [], TaskType.CAUSAL_LM
        model = adapters.make_trainable(model, recipe, head, task)
    assert 2 * adapters.trainable(model) < 20e6


# --- the original's recipes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role, kind", [("stars", "distilbert"), ("generator", "gpt2")])
def test_the_original_recipe_trains_as_it_is_but_for_size_and_precision(data, bases, tmp_path, role, kind):
    recipe = yaml.safe_load((FOLDER / role / "original.yaml").read_text())
    recipe |= {"precision": "float32", "max_length": 64}
    recipe |= {"head_tokens": 62} if role == "stars" else {}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(recipe))
    log = run(role, str(tmp_path / "mine.yaml"), data, tmp_path / "out", "--base", str(bases / kind))
    epochs = load_recipe({"stars": StarsRecipe, "generator": GeneratorRecipe}[role], "original").epochs
    assert [entry["epoch"] for entry in log["log"] if "eval_loss" in entry] == list(range(1, int(epochs) + 1))
    assert (tmp_path / "out" / "model.safetensors").exists()


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", MAIN)
@pytest.mark.parametrize(
    "values, more, message",
    [
        ({"precision": "fp16"}, [], "needs a CUDA GPU"),
        ({"max_length": 512}, [], "has room for"),
        ({"epochs": -1}, [], "epochs: Input should be greater than 0"),
        ({}, ["--limit", "0"], "rows: Input should be greater than or equal to 1"),
        ({}, ["--base", "nobody/no-such-model"], "The model nobody/no-such-model is not in the cache"),
        ({}, ["--base", "./no-such-folder"], "nor a folder here, nor a Hub id"),
        ({}, ["--data", "no-such-folder"], "no prepared reviews in no-such-folder"),
    ],
)
def test_what_cannot_work_is_refused_up_front(
    data, bases, tmp_path, monkeypatch, capsys, role, values, more, message
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    base = str(bases / ("bert" if role == "stars" else "llama"))
    recipe = write_recipe(tmp_path, role, base=base, **values)
    arguments = ["--recipe", recipe, "--data", str(data), "--out", str(tmp_path / "out"), *more]
    assert commands.run(MAIN[role], arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert message in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("choose", [stars.choose_rows, generator_reviews.choose_rows])
def test_an_empty_class_is_refused(choose):
    recipe = (StarsRecipe if choose is stars.choose_rows else GeneratorRecipe)(base="x", mode="full")
    rows = reviews(20, 0)
    with pytest.raises(RevdemoError, match="no review of 2, 3 stars"):
        choose(rows[~rows["stars"].isin([2, 3])], recipe)


def test_a_half_written_folder_of_parts_is_refused(data, tmp_path):
    shutil.copy(data / "judge.parquet", tmp_path)
    with pytest.raises(RevdemoError, match=r"Run python -m train\.prepare"):
        prepared.read_part(tmp_path, "judge")


# --- resuming -----------------------------------------------------------------------------------------------


class Killed(Exception):
    """Stands for the end of the process."""


def kill_after(monkeypatch, step: int) -> None:
    """Let training die once it has written its checkpoint of that step, and begun to write the next."""

    def on_save(self, args, state, control, **kwargs):
        if state.global_step == step:
            shutil.copytree(
                f"{args.output_dir}/checkpoint-{step}",
                f"{args.output_dir}/checkpoint-{step + 1}",
                ignore=lambda *_: ["trainer_state.json"],
            )
            raise Killed

    monkeypatch.setattr(trainer.Log, "on_save", on_save)


@pytest.mark.parametrize("step", [1, 2, 3])  # within an epoch, between two, and in the second one
@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_a_killed_run_resumes_and_ends_the_same(trained, data, tmp_path, monkeypatch, kind, step):
    whole = trained(kind, "adapter")
    recipe, role = str(whole / f"{role_of(kind)}.yaml"), role_of(kind)
    with monkeypatch.context() as patch:
        kill_after(patch, step)
        with pytest.raises(Killed):
            run(role, recipe, data, tmp_path)
    assert not (tmp_path / "revdemo.json").exists()
    log = run(role, recipe, data, tmp_path)
    first, second = (load_file(folder / "adapter_model.safetensors") for folder in (whole, tmp_path))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert (tmp_path / "revdemo.json").read_text() == (whole / "revdemo.json").read_text()
    assert [entry["step"] for entry in log["log"] if "eval_loss" in entry] == [1, 2, 3, 4]
    minutes = [entry["minutes"] for entry in log["log"]]
    assert minutes == sorted(minutes)


def test_a_run_of_another_recipe_or_other_reviews_is_not_resumed(data, bases, tmp_path, monkeypatch, capsys):
    recipe = write_recipe(tmp_path, "stars", base=str(bases / "bert"))
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        kill_after(patch, 1)
        with pytest.raises(Killed):
            run("stars", recipe, data, out)
    arguments = ["--recipe", recipe, "--data", str(data), "--out", str(out)]
    begun = out / "checkpoints" / "recipe.json"
    older = {name: value for name, value in json.loads(begun.read_text()).items() if name != "source_rows"}
    begun.write_text(json.dumps(older))
    assert commands.run(stars.main, arguments) == 0, "a field that is new since stands at its default"
    assert commands.run(stars.main, [*arguments, "--epochs", "1"]) == 2
    assert (
        "of another recipe or of other reviews (recipe.json differs). Add --fresh" in capsys.readouterr().err
    )
    assert commands.run(stars.main, [*arguments, "--part", "judge"]) == 2
    assert "(reviews.json differs)" in capsys.readouterr().err
    assert commands.run(stars.main, [*arguments, "--epochs", "0.5", "--fresh"]) == 0
    assert (out / "revdemo.json").exists()


def test_an_epochs_order_depends_on_the_seed_and_the_epoch_alone():
    lengths = [random.Random(0).randint(5, 50) for _ in range(100)]
    first, second = trainer.Grouped(4, lengths, seed=3), trainer.Grouped(4, lengths, seed=3)
    orders = []
    for epoch in (0, 1, 2):
        first.set_epoch(epoch)
        orders.append(list(first))
    torch.rand(7)
    second.set_epoch(1)
    assert list(second) == orders[1] != orders[0]
    assert sorted(orders[2]) == list(range(100))


# --- what the classifier is taught --------------------------------------------------------------------------


def test_stars_that_a_source_never_gives_get_no_gradient_from_it():
    rows = pd.DataFrame({"stars": [1, 2, 4, 5, 3], "source": ["acl"] * 4 + ["all"]})
    wanted = torch.tensor(stars.targets(rows, neighbours=0.2))
    logits = torch.randn(5, 5, generator=torch.Generator().manual_seed(0)).requires_grad_()
    stars.star_loss(logits, wanted).backward()
    assert logits.grad[:4, 2].abs().max() == 0
    assert logits.grad[:4, [0, 1, 3, 4]].abs().min() > 0


def test_the_loss_is_cross_entropy_where_every_star_is_possible():
    rows = pd.DataFrame({"stars": [1, 2, 3, 4, 5, 5], "source": "a"})
    logits = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    weights = torch.tensor([1.2, 1.2, 1.2, 1.2, 0.6, 0.6])
    labels = torch.tensor(rows["stars"].to_numpy() - 1)
    expected = (torch.nn.functional.cross_entropy(logits, labels, reduction="none") * weights).mean()
    wanted = torch.tensor(stars.targets(rows, neighbours=0.0), dtype=torch.float32)
    torch.testing.assert_close(stars.star_loss(logits, wanted), expected)


def test_targets_even_out_the_stars_and_lean_to_the_stars_beside():
    rows = pd.DataFrame({"stars": [1, 5, 5, 5, 3], "source": ["a"] * 4 + ["b"]})
    wanted = stars.targets(rows, neighbours=0.2)
    assert wanted[0].tolist() == pytest.approx([1.6, -1, -1, -1, 0])
    assert wanted[4].tolist() == [-1, -1, 0.8, -1, -1]
    assert (wanted[1] == wanted[2]).all()
    assert wanted[1:4, 4].sum() == pytest.approx(wanted[0, 0])


def test_measure_counts_exact_near_and_distance():
    class Prediction:
        label_ids = np.eye(5)[[0, 1, 2, 4]]
        predictions = np.eye(5)[[0, 2, 4, 4]] * 3

    assert stars.measure(Prediction) == {"exact": 0.5, "near": 0.75, "mae": 0.75}


# --- what the generator is taught ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tokenizer(bases):
    return AutoTokenizer.from_pretrained(bases / "llama")


def test_the_loss_is_on_the_review_alone(tokenizer):
    recipe = GeneratorRecipe(base="x", mode="full", max_length=64)
    rows = pd.DataFrame({"text": ["Bad jokes.", "Bad jokes, good songs. " * 20], "stars": [2, 4]})
    made = generator.dataset(rows, tokenizer, recipe, bare=0.0)
    for row, text in zip(made, rows["text"], strict=True):
        learned = [token for token in row["labels"] if token != -100]
        assert (
            tokenizer.decode(row["input_ids"][: -len(learned)])
            == f"Review of {[2, 4][text == rows['text'][1]]}."
        )
        assert tokenizer.decode(learned).startswith(" Bad jokes")
    assert made[0]["input_ids"][-1] == tokenizer.eos_token_id
    assert made[1]["length"] == len(made[1]["input_ids"]) == 64
    assert tokenizer.eos_token_id not in made[1]["input_ids"]


def test_some_reviews_and_all_unlabelled_ones_are_under_the_bare_prefix(tokenizer):
    recipe = GeneratorRecipe(base="x", mode="full")
    rows = pd.DataFrame({"text": ["Bad jokes."] * 500, "stars": [0] * 100 + [5] * 400})
    made = generator.dataset(rows, tokenizer, recipe, bare=0.1)
    bare = [tokenizer.decode(row["input_ids"]).startswith("Review. ") for row in made]
    assert all(bare[:100])
    assert 20 < sum(bare[100:]) < 60


def test_padding_is_neither_read_nor_scored():
    batch = generator.collate(
        [{"input_ids": [5, 6, 7], "labels": [-100, 6, 7]}, {"input_ids": [8], "labels": [8]}]
    )
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch["labels"].tolist() == [[-100, 6, 7], [8, -100, -100]]
    assert batch["input_ids"].shape == (2, 3)


def test_reviews_are_chosen_by_length_and_evened_out():
    counts = {1: 10, 2: 30, 3: 4, 4: 100, 5: 100, 0: 50}
    rows = pd.DataFrame(
        [
            (f"review {star} {i} " + "word " * (2 if i % 2 else 40), star, f"film {i}")
            for star, n in counts.items()
            for i in range(2 * n)
        ],
        columns=["text", "stars", "movie_id"],
    )
    recipe = GeneratorRecipe(base="x", mode="full", min_words=10, max_words=50, unlabelled=0.5)
    chosen = generator_reviews.choose_rows(rows, recipe)
    assert chosen["stars"].value_counts().to_dict() == {1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 0: 20}
    assert chosen["text"].str.count("word").eq(40).all()
    assert chosen[chosen["stars"] == 3]["text"].value_counts().tolist() == [2] * 4  # repeated once
    assert not chosen[chosen["stars"] == 4]["text"].duplicated().any()
    assert len(generator_reviews.choose_rows(rows, recipe.model_copy(update={"rows": 7}))) == 7


def test_reviews_that_show_their_stars_are_kept():
    draw = random.Random(0)
    words = {1: "awful", 2: "weak", 3: "mixed", 4: "nice", 5: "superb"}
    rows = pd.DataFrame(
        [
            (
                f"{words[star] if i % 2 else 'film'} {draw.choice('abcdef') * 3} {draw.choice('uvwxyz') * 3}",
                star,
                film,
            )
            for star in STARS
            for i, film in enumerate([f"film {n}" for n in range(30)] + [None] * 10)
        ],
        columns=["text", "stars", "movie_id"],
    ).astype({"movie_id": "string"})
    recipe = GeneratorRecipe(base="x", mode="full", clear=0.5)
    chosen = generator_reviews.choose_rows(rows, recipe)
    plain = [words[star] in text for star, text in zip(chosen["stars"], chosen["text"], strict=True)]
    assert np.mean(plain) > 0.85


ENDS = [
    "But it is dull.",
    "The second half forgets what the first half was about.",
    "I doubt that I will watch it again.",
]
LONG = " ".join(
    ["The film begins in a lighthouse and nobody knows why. A boat comes, and the cook sings.", *ENDS]
)


@pytest.mark.parametrize(
    ("least", "most", "wanted", "sentences"),
    [(5, 12, 5, 1), (5, 30, 19, 2), (5, 30, 23, 2), (19, 30, 23, 3), (5, 7, 6, 0)],
    ids=["the last one", "two", "not from a but on", "from a but on where it must be", "too long a sentence"],
)
def test_the_closing_sentences_are_whole_and_of_the_length_asked_for(least, most, wanted, sentences):
    assert generator_reviews.closing(LONG, least, most, wanted) == " ".join(ENDS[len(ENDS) - sentences :])


KINDS_RECIPE = {
    "prefix": "A {kind} review of {stars} out of 5 stars.",
    "bare_prefix": "A {kind} review.",
    "closings": True,
    "min_words": 4,
    "max_words": 12,
}


def of_kinds(count: dict[str, list[int]]) -> pd.DataFrame:
    """So many short reviews of each kind and star, and as many long ones."""
    rows = [
        (f"{kind} {star} number {i} of all of them. " * (1 + 3 * long), star, kind, f"{kind} {i}")
        for kind, counts in count.items()
        for star, n in zip(STARS, counts, strict=True)
        for i in range(n)
        for long in (0, 1)
    ]
    return pd.DataFrame(rows, columns=["text", "stars", "kind", "movie_id"])


def test_stars_are_alike_within_each_kind_and_long_reviews_give_their_ends():
    rows = of_kinds({"film": [3, 4, 5, 9, 9], "hotel": [1, 1, 4, 9, 9], "": [9] * 5})
    recipe = GeneratorRecipe(base="x", mode="full", kind_rows={"film": 10}, **KINDS_RECIPE)
    chosen = generator_reviews.choose_rows(rows, recipe)
    counts = chosen.groupby(["kind", "stars"]).size()
    assert counts["film"].to_dict() == {1: 10, 2: 10, 3: 10, 4: 10, 5: 10}
    assert counts["hotel"].to_dict() == {1: 4, 2: 4, 3: 8, 4: 8, 5: 8}, "as many as the star in the middle"
    assert chosen["text"].map(lambda text: len(text.split())).max() <= 12
    assert set(chosen["kind"]) == {"film", "hotel"}


@pytest.mark.parametrize(("share", "closings"), [(1, 20), (0.5, 20), (0.2, 5), (0.01, 0)])
def test_closings_are_at_most_a_share_of_each_star_of_a_kind(share, closings):
    recipe = GeneratorRecipe(base="x", mode="full", closing_share=share, **KINDS_RECIPE)
    rows = of_kinds({"film": [20] * 5})
    found = generator_reviews.with_closings(rows, recipe)
    cut = rows["text"].str.len() > 50
    by_star = found.groupby([found["stars"], cut.loc[found.index]]).size().unstack(fill_value=0)
    assert by_star[False].tolist() == [20] * 5
    assert by_star.get(True, by_star[False] - 20).tolist() == [closings] * 5


def test_reviews_of_no_known_kind_are_refused_where_the_prefix_names_it():
    recipe = GeneratorRecipe(base="x", mode="full", **KINDS_RECIPE)
    with pytest.raises(RevdemoError, match=r"train\.prepare again with --kind"):
        generator_reviews.choose_rows(of_kinds({"": [3] * 5}), recipe)


def test_a_budget_of_tokens_is_kept(tokenizer):
    rows = pd.DataFrame(
        {"text": ["Bad jokes.", "Good songs.", "Mixed feelings."] * 20, "stars": [2, 4, 3] * 20}
    )
    recipe = GeneratorRecipe(base="x", mode="full")
    sizes = generator.dataset(rows, tokenizer, recipe, recipe.bare)["length"]
    budget = sum(sizes) // 2
    kept = generator.within_budget(rows, tokenizer, recipe.model_copy(update={"tokens": budget}))
    assert sum(sizes[: len(kept)]) <= budget < sum(sizes[: len(kept) + 1])
    assert len(generator.within_budget(rows, tokenizer, recipe)) == 60


def test_a_generator_learns_kinds_from_several_folders_and_is_asked_for_them(bases, data, tmp_path, settings):
    for name, kind in (("films", "film"), ("hotels", "hotel")):
        shutil.copytree(data, tmp_path / name)
        for path in (tmp_path / name).glob("*.parquet"):
            pd.read_parquet(path).assign(kind=kind).to_parquet(path)
    other = build_copy_index(["one two three four five six seven eight nine ten eleven twelve thirteen"])
    other.save(tmp_path / "hotels" / "copies.npz")
    values = KINDS_RECIPE | {"max_words": 40, "rows": 40, "eval_rows": 6, "tokens": 4000, "unlabelled": 0.0}
    recipe = write_recipe(tmp_path, "generator", base=str(bases / "llama"), **values)
    out = tmp_path / "out"
    run("generator", recipe, tmp_path / "films", out, "--also", str(tmp_path / "hotels"))
    assert load_copies(SimpleNamespace(folder=out)).hashes.size == other.hashes.size
    writer = load_generator(settings.model_copy(update={"generator": str(out)}))
    assert writer.prefix.knows_kinds
    assert len(writer.sample(stars=3, n=2, seed=1, kind="hotel", max_tokens=8, guidance=2.0)) == 2
    with pytest.raises(RevdemoError, match="must be one of"):
        writer.sample(stars=3, n=2, kind="lighthouse", max_tokens=8)


@pytest.mark.parametrize("name", ["kinds-cpu", "kinds-gpu"])
def test_the_recipes_of_kinds_ask_for_them(name):
    recipe = load_recipe(GeneratorRecipe, name)
    assert recipe.asks.knows_kinds and recipe.closings and recipe.blocks is None
    assert recipe.asks.ask(2, "hotel") == "A hotel review of 2 out of 5 stars, bad."


def test_frozen_weights_are_held_in_bf16_and_the_adapter_learns_as_before(bases):
    base = bases / "llama"
    losses = {}
    for frozen in (False, True):
        recipe = GeneratorRecipe(base=str(base), mode="adapter", rank=4, max_length=48)
        model, _ = trainer.load_base(AutoModelForCausalLM, recipe)
        model = adapters.make_trainable(model, recipe, [], TaskType.CAUSAL_LM)
        if frozen:
            trainer.freeze_in_bf16(model)
            assert {own.dtype for own in model.parameters() if not own.requires_grad} == {torch.bfloat16}
            assert {own.dtype for own in model.parameters() if own.requires_grad} == {torch.float32}
        optimizer = torch.optim.AdamW([own for own in model.parameters() if own.requires_grad], 1e-2)
        ids = torch.arange(40).reshape(2, 20)
        for _ in range(12):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = model(input_ids=ids, labels=ids).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.setdefault(frozen, []).append(loss.item())
    assert losses[True][-1] < losses[True][0] - 0.1
    assert np.allclose(losses[True], losses[False], atol=0.05)
