"""How a file of results came to be: the model, the device, the command, the libraries."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

LIBRARIES = ("torch", "transformers", "peft", "scikit-learn", "numpy")


def revision(model: Any) -> dict[str, str]:
    """Which model was measured; never where it lies on this machine."""
    return {"role": model.source.role, "kind": model.source.kind, "revision": model.source.revision}


def device_name(device: torch.device) -> str:
    """The device in words."""
    if device.type == "cuda":
        import torch

        return torch.cuda.get_device_name(device)
    return f"{device.type}, {os.cpu_count()} cores"


def command(argv: Sequence[str]) -> str:
    """The command that was run, without the folders of this machine: a path in full becomes its last name."""
    return " ".join(["python -m train.evaluate", *(re.sub(r"(^|=)/.*/", r"\1", part) for part in argv)])


def of_command(argv: Sequence[str], seed: int, seconds: float) -> dict:
    """The seed, the command, its minutes and the libraries, as a file of results has them."""
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {
        "seed": seed,
        "command": command(argv),
        "minutes": seconds / 60,
        "libraries": versions | {"python": platform.python_version()},
    }
