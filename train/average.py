"""Average star classifiers that began from the same adapter: better than the best of them, and no slower.

    python -m train.average models/first models/second --out models/stars

The n-gram model is fitted, and the mean calibrated, as by train.stars. Source: Wortsman et al. 2022, "Model
soups: averaging weights of multiple fine-tuned models improves accuracy without increasing inference time".
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from revdemo.errors import RevdemoError
from revdemo.files import read_json, write_json
from revdemo.models.weights.bases import resolve_adapter
from revdemo.models.weights.registry import CONFIG
from train import stars
from train.data import prepared
from train.fitting import adapters, commands
from train.fitting import trainer as training
from train.fitting.recipes import StarsRecipe


def mean(adapters: list[dict[str, torch.Tensor]], rank: int) -> dict[str, torch.Tensor]:
    """The adapter of this rank that is nearest to the mean of what the adapters add to the base.

    The mean of A and that of B are not enough: a layer adds their product. What trains whole, the head, is
    averaged as it is.

    Raises:
        RevdemoError: the adapters are of different layers.
    """
    if any(one.keys() != adapters[0].keys() for one in adapters):
        raise RevdemoError("These adapters are of different layers: average those that one recipe made.")
    averaged = {}
    for name in adapters[0]:
        other = name.replace("lora_A", "lora_B")
        if ".lora_A." in name:
            change = sum(one[other].float() @ one[name].float() for one in adapters) / len(adapters)
            left, values, right = torch.linalg.svd(change, full_matrices=False)
            root = values[:rank].sqrt()
            averaged[name], averaged[other] = root[:, None] * right[:rank], left[:, :rank] * root
        elif ".lora_B." not in name:
            averaged[name] = sum(one[name].float() for one in adapters) / len(adapters)
    return averaged


def recipe_of(args: argparse.Namespace) -> StarsRecipe:
    """The last model's recipe, to be read at the length that was asked for.

    Raises:
        RevdemoError: the models are of different bases or ranks.
    """
    recipes = [read_json(folder / training.LOG)["recipe"] for folder in args.models]
    if (
        len({(one["base"], one["mode"], one["rank"]) for one in recipes}) > 1
        or recipes[0]["mode"] != "adapter"
    ):
        raise RevdemoError("Only adapters of one base and one rank can be averaged.")
    wanted = {"max_length": args.max_length, "head_tokens": args.head_tokens}
    changes = {name: value for name, value in wanted.items() if value is not None}
    return StarsRecipe(**(recipes[-1] | {"start": None, "rows": None} | changes))


def _folder(name: str) -> Path:
    return Path(name) if Path(name).is_dir() else resolve_adapter(name)


def main(argv: list[str] | None = None) -> None:
    """Average by the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m train.average",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("models", nargs="+", type=_folder, help="folders that train.stars wrote, or Hub ids")
    parser.add_argument("--data", type=Path, default=Path("data/prepared"), help="what train.prepare wrote")
    parser.add_argument("--out", type=Path, default=Path("models/stars"), help="folder for the mean")
    parser.add_argument("--max-length", type=int, help="tokens it reads (default: the last model's)")
    parser.add_argument("--head-tokens", type=int, help="of a longer review, from its beginning")
    args = parser.parse_args(argv)
    recipe = recipe_of(args)
    role = read_json(args.models[0] / CONFIG)["role"]
    rows = stars.choose_rows(
        prepared.read_part(args.data, "judge" if role == "judge" else "classifier"), recipe
    )
    validation = prepared.read_part(args.data, "validation")
    trainer, tokenizer = stars.make_trainer(recipe, rows.head(1), validation, args.out)  # it only predicts
    weights = [adapters.adapter_weights(folder) for folder in args.models]
    adapters.set_adapter(trainer.model, mean(weights, recipe.rank), "the mean")
    args.out.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(args.out / "training_rows.parquet", index=False)
    stars.finish(trainer, tokenizer, recipe, rows, validation, args.out, role)
    own = read_json(args.out / training.LOG)
    members = [read_json(folder / training.LOG) for folder in args.models]
    own |= {
        "log": members[0]["log"],
        "mean_of": [{key: one[key] for key in ("command", "recipe")} for one in members],
    }
    write_json(args.out / training.LOG, own)


if __name__ == "__main__":
    sys.exit(commands.run(main))
