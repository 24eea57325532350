"""Tables, tiny adapters to start from and recipes of a few steps, for the tests of adapting."""

import random
import re
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from revdemo.files import write_json
from tests.support import tiny

WORDS = sorted(set(re.findall(r"[a-z]{3,}", " ".join(tiny.SENTENCES).lower())))
SAYS = {1: "terrible", 2: "dull", 3: "mixed", 4: "good", 5: "wonderful"}


def reviews(a_star: int = 30, stars=(1, 2, 3, 4, 5), seed: int = 0) -> pd.DataFrame:
    """Reviews of nonsense that no two share, each with a word for its stars; `item` has two reviews each."""
    draw = random.Random(seed)
    rows = []
    for number in range(a_star * len(stars)):
        star = stars[number % len(stars)]
        words = draw.sample(WORDS, draw.randint(10, 16))
        rows.append((f"{SAYS[star].title()} {' '.join(words)}.", star, f"item {number // 2}"))
    return pd.DataFrame(rows, columns=["review", "rating", "item"])


def write_start(folder: Path) -> dict[str, Path]:
    """Tiny bases with random adapters, saved as train.stars and train.generator save the starters."""
    from peft import TaskType
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

    from revdemo.generation.copies import build_copy_index
    from revdemo.models.ngrams import NgramModel
    from train import stars
    from train.fitting import adapters
    from train.fitting.recipes import GeneratorRecipe, StarsRecipe

    bases = {"stars": tiny.tiny_encoder(folder / "bert"), "generator": tiny.tiny_causal(folder / "llama")}
    made = {}
    for role, base in bases.items():
        auto = AutoModelForSequenceClassification if role == "stars" else AutoModelForCausalLM
        kind = StarsRecipe if role == "stars" else GeneratorRecipe
        recipe = (
            kind(base=str(base), mode="adapter", rank=4, max_length=48, head_tokens=16)
            if role == "stars"
            else kind(base=str(base), mode="adapter", rank=4, max_length=48)
        )
        task, head = (TaskType.SEQ_CLS, stars.HEAD) if role == "stars" else (TaskType.CAUSAL_LM, [])
        options = {"num_labels": 5} if role == "stars" else {}
        model = adapters.make_trainable(auto.from_pretrained(base, **options), recipe, head, task)
        out = made[role] = folder / role
        model.save_pretrained(out, save_embedding_layers=False)
        AutoTokenizer.from_pretrained(base).save_pretrained(out)
        own = {"role": role, "base": str(base)}
        if role == "stars":
            own |= {"labels": 5, "max_length": 48, "head_tokens": 16, "temperature": 1.0}
            NgramModel(np.ones(64), np.zeros((64, 5)), 1.0).save(out / "ngrams.npz")
        else:
            own |= {"prefix": "Review of {stars} out of 5 stars, {word}.", "end_token": tiny.END}
            own |= {"max_tokens": 24, "temperature": 0.7, "top_p": 0.9, "min_p": 0.02}
            build_copy_index(
                ["one two three four five six seven eight nine ten eleven twelve thirteen"]
            ).save(out / "copies.npz")
        write_json(out / "revdemo.json", own)
    return made


def write_recipes(folder: Path, start: dict[str, Path], **values) -> Path:
    """Recipes of four steps for each role, with two evaluations each; returns their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe = {
        "mode": "adapter",
        "rank": 4,
        "max_length": 48,
        "rows": 64,
        "epochs": 1,
        "batch_size": 16,
        "accumulation": 1,
        "learning_rate": 1e-2,
        "precision": "float32",
        "saves": 2,
    }
    for role, base in (("stars", "bert"), ("generator", "llama")):
        own = {"head_tokens": 16} if role == "stars" else {"clear": 1.0, "min_words": 5}
        own |= {"base": str(start[role].parent / base), "start": str(start[role])}
        (folder / f"{role}.yaml").write_text(yaml.safe_dump(recipe | own | values))
    return folder
