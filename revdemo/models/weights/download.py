"""Models from the Hugging Face Hub, fetched or found in its cache."""

from __future__ import annotations

import re
from pathlib import Path

from revdemo.errors import RevdemoError
from revdemo.models.weights.hub_errors import brief, explain, named

CARRIED = ["*.json", "*.safetensors", "*.txt", "*.npz", "*.model", "*.jinja"]  # never a pickle
HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*(@\w[\w.-]*)?")


def fetch(name: str, revision: str | None) -> Path:
    """Fetch a model's safe files from the Hub, or find them in its cache; the folder's name is the commit."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=CARRIED))
    except Exception as error:  # the library raises a dozen kinds: all mean that the model is out of reach
        if said := explain(error, name, revision=revision):
            raise said from error
        raise RevdemoError(
            "{model} is not in the cache and could not be fetched from the Hub: {reason}",
            model=named(name, "model", revision),
            reason=brief(error),
        ) from error


def is_cached(name: str, revision: str, file: str) -> bool:
    """Whether a file of a model lies in the Hub's cache."""
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(name, file, revision=revision), str)
