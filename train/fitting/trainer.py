"""Training by transformers' Trainer: the base, the arguments, a run that resumes, the saved model."""

from __future__ import annotations

import json
import math
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from transformers import (
    AutoConfig,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_pt_utils import LengthGroupedSampler

from revdemo.errors import RevdemoError
from revdemo.files import write_json
from revdemo.models import quantization
from revdemo.models.loading import NGRAMS
from revdemo.models.ngrams import NgramModel
from revdemo.models.pooling import classifier_class
from revdemo.models.weights.bases import BASES, resolve_base
from revdemo.models.weights.registry import CONFIG
from revdemo.settings import load_settings
from train.data.prepared import rows_fingerprint
from train.fitting import processes
from train.fitting.recipes import Recipe

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
ROWS = "training_rows.parquet"


def few(validation: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """The validation reviews to evaluate on while training."""
    most = min(recipe.eval_rows or len(validation), len(validation))
    return validation.sample(most, random_state=recipe.seed) if recipe.eval_rows else validation


def load_tokenizer(recipe: Recipe) -> PreTrainedTokenizerBase:
    """The tokenizer of the recipe's base."""
    return AutoTokenizer.from_pretrained(resolve_base(recipe.base, load_settings().cache))


def load_base(auto: Any, recipe: Recipe, **options: Any) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The recipe's base in full precision, converted or fetched if need be, with the recipe's dropout.

    `auto` is the transformers class that knows the task. Raises RevdemoError where the base is not there or
    has no room for the recipe's max_length.
    """
    folder = resolve_base(recipe.base, load_settings().cache)
    tokenizer, config = AutoTokenizer.from_pretrained(folder), AutoConfig.from_pretrained(folder)
    room = min(tokenizer.model_max_length, getattr(config, "max_position_embeddings", recipe.max_length))
    if recipe.max_length > room:
        raise RevdemoError(
            "The recipe's max_length is {max_length}; {base} has room for {room} tokens.",
            max_length=recipe.max_length,
            base=recipe.base,
            room=room,
        )
    if recipe.dropout is not None:
        options |= {key: recipe.dropout for key in DROPOUTS if hasattr(config, key)}
    if getattr(recipe, "pooling", "first") == "mean":
        auto = classifier_class(config, "mean")
    set_seed(recipe.seed)  # a new head and new adapters begin at random
    return auto.from_pretrained(folder, dtype=torch.float32, **options), tokenizer


def freeze_in_bf16(model: PreTrainedModel) -> None:
    """Hold the weights that do not train in bf16, for a CPU that multiplies bf16: a step is an eighth faster.

    The adapter stays in float32; autocast casts what it multiplies, so peft need not cast its inputs first.
    """
    for parameter in model.parameters():
        if not parameter.requires_grad:
            parameter.data = parameter.data.bfloat16()
    for module in model.modules():
        if hasattr(module, "cast_input_dtype_enabled"):
            module.cast_input_dtype_enabled = False


def multiplies_bf16() -> bool:
    """Whether the hardware multiplies bf16 faster than float32: a recent GPU, a CPU that was timed."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return quantization.multiplies_bf16()


def arguments(recipe: Recipe, out: Path, rows: int, metric: str) -> TrainingArguments:
    """The recipe as transformers' TrainingArguments, for a training part of `rows` reviews."""
    batch_size, accumulation = processes.shares(recipe)
    bf16 = recipe.precision == "bf16" or (recipe.precision == "auto" and multiplies_bf16())
    print(f"precision: {'bf16' if bf16 else 'fp16' if recipe.precision == 'fp16' else 'float32'}", flush=True)
    arguments = TrainingArguments(
        output_dir=str(out / "checkpoints"),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=batch_size,
        per_device_eval_batch_size=recipe.eval_batch_size,
        gradient_accumulation_steps=accumulation,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=recipe.warmup,
        weight_decay=recipe.weight_decay,
        adam_beta1=recipe.beta1,
        adam_beta2=recipe.beta2,
        adam_epsilon=recipe.epsilon,
        bf16=bf16,
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
    steps = math.ceil(rows / (recipe.batch_size * recipe.accumulation))  # an epoch's
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
        size = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        return Grouped(size, list(self.train_dataset["length"]), self.args.seed)


class Log(TrainerCallback):
    """Adds the minutes to every line of the log, which the trainer keeps and writes into its checkpoints."""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock, at the minutes that a resumed run had taken."""
        before = state.log_history[-1]["minutes"] if state.log_history else 0.0
        self.started = time.monotonic() - 60 * before

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Stamp the line that was just added."""
        state.log_history[-1]["minutes"] = round((time.monotonic() - self.started) / 60, 2)


def train(trainer: Trainer, recipe: Recipe, rows: pd.DataFrame, out: Path, fresh: bool) -> None:
    """Train on `rows`, resuming a killed run from its last whole checkpoint.

    Raises RevdemoError where the checkpoints are of another recipe or of other reviews.
    """
    folder = out / "checkpoints"

    def begin() -> None:
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)

    processes.write(trainer, begin)
    about = {"recipe": recipe.model_dump(mode="json"), "reviews": rows_fingerprint(rows)}
    for name, own in about.items():
        begun = folder / f"{name}.json"
        if begun.exists() and not _same(json.loads(begun.read_text(encoding="utf-8")), own, recipe):
            raise RevdemoError(
                "{folder} holds a run of another recipe or of other reviews ({file} differs). Add --fresh "
                "to begin again, or name another --out.",
                folder=folder,
                file=begun.name,
            )
    trainer.accelerator.wait_for_everyone()  # until all have read what is written now
    processes.write(
        trainer, lambda: [write_json(folder / f"{name}.json", own) for name, own in about.items()]
    )
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]  # which is written last
    last = max(whole, key=lambda path: int(path.name.split("-")[1]), default=None)
    if last:
        print(f"resuming from {last}", flush=True)
    trainer.train(resume_from_checkpoint=str(last) if last else None)


def _same(begun: dict, own: dict, recipe: Recipe) -> bool:
    """Whether a run was begun with `own`; a field that did not exist yet stands at its default."""
    fields = type(recipe).model_fields.items() if "mode" in begun else ()
    return {name: field.get_default(call_default_factory=True) for name, field in fields} | begun == own


def keep_rows(trainer: Trainer, rows: pd.DataFrame, out: Path) -> None:
    """Write the reviews to train on beside the model, for the baseline to learn from them as well."""

    def keep() -> None:
        out.mkdir(parents=True, exist_ok=True)
        rows.to_parquet(out / ROWS, index=False)

    processes.write(trainer, keep)


def save(
    trainer: Trainer,
    tokenizer: PreTrainedTokenizerBase,
    recipe: Recipe,
    out: Path,
    config: dict,
    beside: NgramModel | None = None,
) -> None:
    """Have the main process write the model; see `_save`."""
    processes.write(trainer, lambda: _save(trainer, tokenizer, recipe, out, config, beside))


def _save(
    trainer: Trainer,
    tokenizer: PreTrainedTokenizerBase,
    recipe: Recipe,
    out: Path,
    config: dict,
    beside: NgramModel | None,
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
        "processes": trainer.args.world_size,
        "precision": "bf16" if trainer.args.bf16 else "fp16" if trainer.args.fp16 else "float32",
        "best": trainer.state.best_metric,
        "log": trainer.state.log_history,
    }
    write_json(out / LOG, log)
    write_json(out / CONFIG, config)
