"""What training a classifier and training a generator share: checks, what trains, arguments, resuming, saving."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from pathlib import Path

import pandas as pd
import torch
from peft import LoraConfig, TaskType, get_peft_model
from transformers import AutoConfig, Trainer, TrainerCallback, TrainingArguments, set_seed
from transformers.pytorch_utils import Conv1D

from revdemo.errors import RevdemoError
from revdemo.models import BASES, CONFIG, resolve_base
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
    """The recipe with what the command line changes, refused here if it cannot work on this machine."""
    changes = {"base": args.base, "rows": args.limit, "epochs": args.epochs}
    recipe = load_recipe(kind, args.recipe).model_copy(
        update={key: value for key, value in changes.items() if value}
    )
    if recipe.precision == "fp16" and not torch.cuda.is_available():
        raise RevdemoError(
            f"The recipe {args.recipe} trains in fp16, which needs a CUDA GPU, and torch sees none. Copy the recipe and "
            "set precision: float32, or use starter-cpu."
        )
    if recipe.mode == "last_blocks" and recipe.blocks is None:
        raise RevdemoError(
            f"The recipe {args.recipe} trains the last blocks but does not say how many: set blocks."
        )
    if args.threads:
        torch.set_num_threads(args.threads)
    return recipe


def read_part(folder: Path, name: str) -> pd.DataFrame:
    """One part that train.prepare wrote."""
    path = folder / f"{name}.parquet"
    if not path.exists():
        raise RevdemoError(
            f"There is no {path}. Run python -m train.prepare first, or name its folder with --data."
        )
    return pd.read_parquet(path)


def base_folder(recipe: Recipe) -> Path:
    """The folder of the recipe's base model, converted or fetched if need be."""
    return resolve_base(recipe.base, load_settings().cache)


def base_options(folder: Path, recipe: Recipe) -> dict:
    """Options to load the base with: full precision, and the recipe's dropout in place of the base's own."""
    options = {"dtype": torch.float32}
    if recipe.dropout is not None:
        config = AutoConfig.from_pretrained(folder)
        options |= {key: recipe.dropout for key in DROPOUTS if hasattr(config, key)}
    return options


def rows_fingerprint(rows: pd.DataFrame) -> dict:
    """How many reviews were trained on, and a hash of them in order."""
    digest = hashlib.sha256()
    for text, stars in zip(rows["text"], rows["stars"], strict=True):
        digest.update(f"\x00{stars}\x00{text}".encode())
    return {"n": len(rows), "sha256": digest.hexdigest()}


# --- what trains ----------------------------------------------------------------------------------------------


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
    return get_peft_model(model, config)


def _linear(block: torch.nn.Module) -> list[str]:
    return [name for name, module in block.named_modules() if isinstance(module, torch.nn.Linear | Conv1D)]


def _present(model: torch.nn.Module, names: list[str]) -> list[str]:
    """The modules of a list of suffixes that the model has, by full name."""
    return [
        full
        for full, _ in model.named_modules()
        if any(full == name or full.endswith(f".{name}") for name in names)
    ]


# --- running --------------------------------------------------------------------------------------------------


def multiplies_bf16() -> bool:
    """Whether the hardware multiplies bf16 faster than float32: a recent GPU, or a CPU with AMX."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)()


def arguments(recipe: Recipe, out: Path, rows: int, metric: str) -> TrainingArguments:
    """The recipe as transformers' TrainingArguments, for a training part of `rows` reviews."""
    steps = max(1, rows // (recipe.batch_size * recipe.accumulation))
    every = max(1, steps // recipe.saves)
    return TrainingArguments(
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
        eval_steps=every,
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=metric,
        greater_is_better=metric != "loss",
        logging_steps=max(1, min(50, every // 4)),
        logging_first_step=True,
        train_sampling_strategy="group_by_length",
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=torch.cuda.is_available(),
        report_to="none",
        seed=recipe.seed,
        data_seed=recipe.seed,
    )


class Log(TrainerCallback):
    """Keeps the loss with the minutes it took, and prints each line at once."""

    def __init__(self):
        self.started = time.monotonic()

    def on_log(self, args, state, control, logs=None, **kwargs):
        """Add the minutes to what is logged; the trainer keeps it in its history and in every checkpoint."""
        state.log_history[-1]["minutes"] = round((time.monotonic() - self.started) / 60, 2)
        print(
            {
                key: round(value, 6) if isinstance(value, float) else value
                for key, value in state.log_history[-1].items()
            },
            flush=True,
        )


def train(trainer: Trainer, recipe: Recipe, out: Path, fresh: bool) -> None:
    """Train, resuming a killed run of the same recipe from its last checkpoint.

    Raises RevdemoError where the checkpoints are of another recipe.
    """
    folder, snapshot = out / "checkpoints", recipe.model_dump_json(indent=2)
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    begun = folder / "recipe.json"
    if begun.exists() and begun.read_text() != snapshot:
        raise RevdemoError(
            f"{folder} holds a run of another recipe. Add --fresh to begin again, or name another --out."
        )
    begun.write_text(snapshot)
    set_seed(recipe.seed)
    last = max(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]), default=None)
    if last:
        print(f"resuming from {last}", flush=True)
    trainer.train(resume_from_checkpoint=str(last) if last else None)


def save(trainer: Trainer, tokenizer, recipe: Recipe, out: Path, config: dict) -> None:
    """Write the model as the app loads it: weights (an adapter in fp16), tokenizer, revdemo.json, training.json."""
    model = trainer.accelerator.unwrap_model(trainer.model)
    if recipe.mode == "adapter":
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.half()
        model.peft_config["default"].base_model_name_or_path = (
            BASES[recipe.base].hub if recipe.base in BASES else recipe.base
        )
        config |= {"base": recipe.base}
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    write_json(out / CONFIG, config)
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
