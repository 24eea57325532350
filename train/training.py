"""What training a classifier and a generator share: checks, what trains, arguments, resuming, saving."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import shutil
import sys
import time
from pathlib import Path

import pandas as pd
import torch
from peft import (
    LoraConfig,
    TaskType,
    get_peft_model,
    load_peft_weights,
    set_peft_model_state_dict,
)
from transformers import (
    AutoConfig,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)
from transformers.pytorch_utils import Conv1D
from transformers.trainer_pt_utils import LengthGroupedSampler

from revdemo import int8
from revdemo.errors import RevdemoError
from revdemo.models import BASES, CONFIG, NGRAMS, resolve_adapter, resolve_base
from revdemo.ngrams import NgramModel
from revdemo.settings import load_settings
from train.recipes import Recipe, load_recipe

DROPOUTS = (  # by the names that configurations give it
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "dropout",
    "attention_dropout",
    "attn_pdrop",
    "embd_pdrop",
    "resid_pdrop",
)
LOG = "training.json"  # the command, the recipe and the loss, beside the weights


def parser(role: str, doc: str) -> argparse.ArgumentParser:
    """The command line that every training script has."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="starter-gpu" if torch.cuda.is_available() else "starter-cpu")
    parser.add_argument("--data", type=Path, default=Path("data/prepared"), help="what train.prepare wrote")
    parser.add_argument(
        "--out", type=Path, default=Path("models") / role, help="folder for the model; checkpoints go inside"
    )
    parser.add_argument("--base", help="another base than the recipe's: a folder or a Hub id")
    parser.add_argument("--limit", type=int, help="train on this many reviews only, for a trial run")
    parser.add_argument("--epochs", type=float, help="another number of epochs than the recipe's")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument(
        "--fresh", action="store_true", help="begin again, even where a killed run could be resumed"
    )
    return parser


def recipe_of(kind: type[Recipe], args: argparse.Namespace) -> Recipe:
    """The recipe with what the command line changes, refused here if this machine cannot follow it."""
    recipe = load_recipe(kind, args.recipe, base=args.base, rows=args.limit, epochs=args.epochs)
    if recipe.precision == "fp16" and not torch.cuda.is_available():
        raise RevdemoError(
            f"The recipe {args.recipe} trains in fp16, which needs a CUDA GPU, and torch sees none. Copy the "
            "recipe and set precision: float32, or use starter-cpu."
        )
    if args.threads:
        torch.set_num_threads(args.threads)
    return recipe


def read_part(folder: Path, name: str) -> pd.DataFrame:
    """One part that train.prepare wrote; a review of no known film is given a film of its own."""
    if not (folder / "fingerprint.json").exists():  # it is written last
        raise RevdemoError(
            f"There are no prepared reviews in {folder}. Run python -m train.prepare, or name its folder "
            "with --data."
        )
    part = pd.read_parquet(folder / f"{name}.parquet")
    alone = pd.Series([f"{name} {row}" for row in range(len(part))], index=part.index)
    return part.assign(movie_id=part["movie_id"].astype("object").fillna(alone))


def load_base(auto, recipe: Recipe, **options) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The recipe's base in full precision, converted or fetched if need be, with the recipe's dropout.

    `auto` is the transformers class that knows the task. Raises RevdemoError where the base is not there or
    has no room for the recipe's max_length.
    """
    folder = resolve_base(recipe.base, load_settings().cache)
    tokenizer, config = AutoTokenizer.from_pretrained(folder), AutoConfig.from_pretrained(folder)
    room = min(tokenizer.model_max_length, getattr(config, "max_position_embeddings", recipe.max_length))
    if recipe.max_length > room:
        raise RevdemoError(
            f"The recipe's max_length is {recipe.max_length}; {recipe.base} has room for {room} tokens."
        )
    if recipe.dropout is not None:
        options |= {key: recipe.dropout for key in DROPOUTS if hasattr(config, key)}
    set_seed(recipe.seed)  # a new head and new adapters begin at random
    return auto.from_pretrained(folder, dtype=torch.float32, **options), tokenizer


def rows_fingerprint(rows: pd.DataFrame) -> dict:
    """How many reviews were trained on, and a hash of them in order."""
    digest = hashlib.sha256()
    for text, stars in zip(rows["text"], rows["stars"], strict=True):
        digest.update(f"\x00{stars}\x00{text}".encode())
    return {"n": len(rows), "sha256": digest.hexdigest()}


# --- what trains --------------------------------------------------------------------------------------------


def blocks_of(model: torch.nn.Module) -> tuple[str, torch.nn.ModuleList]:
    """The model's list of transformer blocks and its name, such as `model.layers`."""
    count = model.config.num_hidden_layers
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == count:
            return name, module
    raise RevdemoError(
        f"No list of {count} blocks was found in {type(model).__name__}: train it with mode: full."
    )


def make_trainable(
    model: torch.nn.Module, recipe: Recipe, head: list[str], task: TaskType
) -> torch.nn.Module:
    """Mark what the recipe trains, wrapping the model in an adapter where it asks for one.

    `head` names modules that always train (the head of a classifier, the final norm of a generator).
    """
    if recipe.mode == "full":
        return model
    name, blocks = blocks_of(model)
    first = max(0, len(blocks) - (recipe.blocks or len(blocks)))
    if recipe.mode == "last_blocks":
        model.requires_grad_(False)
        for module in [*blocks[first:], *(model.get_submodule(own) for own in _present(model, head))]:
            module.requires_grad_(True)
        return model
    config = LoraConfig(
        task_type=task,
        r=recipe.rank,
        lora_alpha=2 * recipe.rank,
        target_modules=[f"{name}.{i}.{own}" for i in range(first, len(blocks)) for own in _linear(blocks[i])],
        modules_to_save=_present(model, head) or None,
    )
    model = get_peft_model(model, config)
    if recipe.start:
        set_adapter(model, adapter_weights(resolve_adapter(recipe.start)), recipe.start)
    return model


def adapter_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The weights of the adapter in a folder; raises RevdemoError where there is none."""
    if not (folder / "adapter_model.safetensors").exists():
        raise RevdemoError(f"There is no adapter in {folder}.")
    return load_peft_weights(str(folder), device="cpu")


def set_adapter(model: torch.nn.Module, weights: dict[str, torch.Tensor], origin: str) -> None:
    """Give a new adapter the weights of another one, which errors call `origin`.

    Raises RevdemoError where it is of another rank or other layers.
    """
    try:
        loaded = set_peft_model_state_dict(model, weights)
    except RuntimeError as error:  # of sizes
        raise RevdemoError(
            f"The adapter in {origin} is of another rank or base than the recipe's."
        ) from error
    own = {name for name, weight in model.named_parameters() if weight.requires_grad}
    if loaded.unexpected_keys or own & set(loaded.missing_keys):
        raise RevdemoError(f"The adapter in {origin} is of other layers than the recipe's.")


def _linear(block: torch.nn.Module) -> list[str]:
    return [name for name, module in block.named_modules() if isinstance(module, torch.nn.Linear | Conv1D)]


def _present(model: torch.nn.Module, names: list[str]) -> list[str]:
    """The modules of a list of suffixes that the model has, by full name."""
    return [
        full
        for full, _ in model.named_modules()
        if any(full == name or full.endswith(f".{name}") for name in names)
    ]


def trainable(model: torch.nn.Module) -> int:
    """How many weights train."""
    return sum(own.numel() for own in model.parameters() if own.requires_grad)


# --- running ------------------------------------------------------------------------------------------------


def multiplies_bf16() -> bool:
    """Whether the hardware multiplies bf16 faster than float32: a recent GPU, a CPU with AMX or AVX512-BF16.

    AVX512-BF16 trains 1.7 times as fast as float32 (all-MiniLM-L6-v2, 32 x 192 tokens, two cores).
    """
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return int8.multiplies_bf16()


def arguments(recipe: Recipe, out: Path, rows: int, metric: str) -> TrainingArguments:
    """The recipe as transformers' TrainingArguments, for a training part of `rows` reviews."""
    arguments = TrainingArguments(
        output_dir=str(out / "checkpoints"),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=recipe.eval_batch_size,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=recipe.warmup,
        weight_decay=recipe.weight_decay,
        adam_beta1=recipe.beta1,
        adam_beta2=recipe.beta2,
        adam_epsilon=recipe.epsilon,
        bf16=recipe.precision == "bf16" or (recipe.precision == "auto" and multiplies_bf16()),
        fp16=recipe.precision == "fp16",
        use_cpu=not torch.cuda.is_available(),
        eval_strategy="steps",
        save_strategy="steps",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=metric,
        greater_is_better=metric != "loss",
        logging_first_step=True,
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=torch.cuda.is_available(),
        report_to="none",
        seed=recipe.seed,
        data_seed=recipe.seed,
    )
    batches = math.ceil(rows / (arguments.train_batch_size * arguments.world_size))
    steps = math.ceil(batches / recipe.accumulation)  # an epoch's
    every = max(1, min(steps // recipe.saves, int(steps * recipe.epochs)))
    arguments.eval_steps = arguments.save_steps = every
    arguments.logging_steps = max(1, min(50, every // 4))
    return arguments


class Grouped(LengthGroupedSampler):
    """Batches of reviews of like length, in an order that depends on the seed and the epoch alone.

    The order of transformers' own sampler depends on all that was drawn before, so that a resumed epoch would
    see some reviews twice and others never.
    """

    def __init__(self, size: int, lengths: list[int], seed: int):
        super().__init__(size, lengths=lengths)
        self.seed = seed
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch; the trainer calls this."""
        self.generator = torch.Generator().manual_seed(self.seed + epoch)


class ReviewTrainer(Trainer):
    """A Trainer that a killed run can resume in the middle of any epoch, and end the same."""

    def _get_train_sampler(self, train_dataset=None):
        size = self.args.train_batch_size * self.args.gradient_accumulation_steps
        return Grouped(size, list(self.train_dataset["length"]), self.args.seed)


class Log(TrainerCallback):
    """Adds the minutes to every line of the log, which the trainer keeps and writes into its checkpoints."""

    def on_train_begin(self, args, state, control, **kwargs):
        """Start the clock, at the minutes that a resumed run had taken."""
        before = state.log_history[-1]["minutes"] if state.log_history else 0.0
        self.started = time.monotonic() - 60 * before

    def on_log(self, args, state, control, **kwargs):
        """Stamp the line that was just added."""
        state.log_history[-1]["minutes"] = round((time.monotonic() - self.started) / 60, 2)


def train(trainer: Trainer, recipe: Recipe, rows: pd.DataFrame, out: Path, fresh: bool) -> None:
    """Train on `rows`, resuming a killed run from its last whole checkpoint.

    Raises RevdemoError where the checkpoints are of another recipe or of other reviews.
    """
    folder = out / "checkpoints"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name, own in {"recipe": recipe.model_dump(), "reviews": rows_fingerprint(rows)}.items():
        begun = folder / f"{name}.json"
        if begun.exists() and json.loads(begun.read_text(encoding="utf-8")) != own:
            raise RevdemoError(
                f"{folder} holds a run of another recipe or of other reviews ({begun.name} differs). "
                "Add --fresh to begin again, or name another --out."
            )
        write_json(begun, own)
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]  # which is written last
    last = max(whole, key=lambda path: int(path.name.split("-")[1]), default=None)
    if last:
        print(f"resuming from {last}", flush=True)
    trainer.train(resume_from_checkpoint=str(last) if last else None)


def save(
    trainer: Trainer, tokenizer, recipe: Recipe, out: Path, config: dict, beside: NgramModel | None = None
) -> None:
    """Write the model as the app loads it: weights (adapters in fp16), tokenizer, the log, revdemo.json.

    revdemo.json is written last, and what an earlier training left in `out` is removed first: without it the
    app does not take the folder for a model.
    """
    for stale in [out / CONFIG, out / NGRAMS, out / "adapter_config.json", *out.glob("*.safetensors")]:
        stale.unlink(missing_ok=True)
    model = trainer.accelerator.unwrap_model(trainer.model)
    if recipe.mode == "adapter":
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.half()
        model.peft_config["default"].base_model_name_or_path = (
            BASES[recipe.base].hub if recipe.base in BASES else recipe.base
        )
        config |= {"base": recipe.base}
    options = {"save_embedding_layers": False} if recipe.mode == "adapter" else {}  # else peft asks the Hub
    model.save_pretrained(out, **options)
    (out / "README.md").unlink(missing_ok=True)  # peft's empty form of a model card
    tokenizer.save_pretrained(out)
    if beside:
        beside.save(out / NGRAMS)
    log = {
        "command": "python -m " + " ".join(["train." + Path(sys.argv[0]).stem, *sys.argv[1:]]),
        "recipe": json.loads(recipe.model_dump_json()),
        "device": torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else f"CPU, {torch.get_num_threads()} threads",
        "precision": "bf16" if trainer.args.bf16 else "fp16" if trainer.args.fp16 else "float32",
        "best": trainer.state.best_metric,
        "log": trainer.state.log_history,
    }
    write_json(out / LOG, log)
    write_json(out / CONFIG, config)


def revision(model) -> dict[str, str]:
    """Which model was measured; never where it lies on this machine."""
    return {"role": model.source.role, "kind": model.source.kind, "revision": model.source.revision}


def write_json(path: Path, content: dict) -> None:
    """Write a JSON file whole or not at all."""
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def run(main, argv: list[str] | None = None) -> int:
    """Run a training script's main; a user's mistake is one line and status 2."""
    try:
        main(argv)
    except RevdemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0
