"""The command line that every training script has."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from revdemo.errors import RevdemoError
from train.fitting.recipes import Recipe, load_recipe


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
            "The recipe {recipe} trains in fp16, which needs a CUDA GPU, and torch sees none. Copy the "
            "recipe and set precision: float32, or use starter-cpu.",
            recipe=args.recipe,
        )
    if args.threads:
        torch.set_num_threads(args.threads)
    return recipe


def run(main: Callable[[list[str] | None], object], argv: list[str] | None = None) -> int:
    """Run a training script's main; a user's mistake is one line and status 2."""
    try:
        main(argv)
    except RevdemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0
