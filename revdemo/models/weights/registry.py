"""Which model plays a role: named by the user, trained here, or the starter; and the files beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from revdemo.errors import Phrase, RevdemoError
from revdemo.files import ROOT
from revdemo.models.weights.checks import CONFIG
from revdemo.models.weights.checks import read_config as read_config
from revdemo.models.weights.download import HUB_ID, fetch
from revdemo.settings import Settings

STARTER = "starter"  # names the model that comes with the app, also where another one was trained here
ACCURATE = "accurate"  # names the larger star model that comes with the app; its base is installed apart
NAMED = {  # the setting that names a role's model
    "stars": "stars_model",
    "polarity": "polarity_model",
    "generator": "generator",
}


@dataclass(frozen=True)
class ModelSource:
    """Which model answers: its role, how it was found, where, and its revision.

    kind: named, trained, starter or accurate. location: what named it, or its folder.
    """

    role: str
    kind: str
    location: str
    revision: str
    folder: Path
    warning: Phrase | None = None

    @property
    def name(self) -> str:
        """What to call it; never a whole path of this machine."""
        path = Path(self.location)
        own = self.kind in (STARTER, ACCURATE)
        return self.kind if own else path.name if path.is_absolute() else self.location

    @property
    def label(self) -> str:
        """A short name for people, such as `starter stars 3f2a91c0`."""
        return f"{self.name} {self.role} {self.revision[:8]}"


def sha256(path: Path) -> str:
    """The checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=32)
def _checksum(path: Path, size: int, modified: float) -> str:
    return sha256(path)


def checksum(path: Path) -> str:
    """The checksum of a file, remembered while the file stays as it is."""
    about = path.stat()
    return _checksum(path, about.st_size, about.st_mtime)


def find(role: str, settings: Settings) -> ModelSource:
    """Find the weights of a role: what the user named, else what was trained here, else the starter.

    Raises RevdemoError that lists what was tried.
    """
    named = getattr(settings, NAMED[role]) if role in NAMED else None
    if named and not comes_along(role, named):
        return _find_named(role, named)
    tried = places(role, named)
    for kind, folder in tried.items():
        if (folder / CONFIG).exists():
            location = str(folder.relative_to(ROOT))
            return ModelSource(role, kind, location, revision_of(folder), folder)
    where = [str(folder.relative_to(ROOT)) for folder in tried.values()]
    if role in NAMED:
        raise RevdemoError(
            "There is no {role} model: tried {where} in the project's folder. Train one with python -m "
            "train.{role}, or name one with {option}.",
            role=role,
            where=where,
            option=f"--{NAMED[role].replace('_', '-')}",
        )
    raise RevdemoError(
        "There is no {role} model: tried {where} in the project's folder. Train one with python -m "
        "train.{script}.",
        role=role,
        where=where,
        script="stars --part judge --out models/judge" if role == "judge" else role,
    )


def is_there(role: str, settings: Settings) -> bool:
    """Whether a model of a role that the app can do without was named, trained here, or comes with it."""
    named = getattr(settings, NAMED[role])
    if named and not comes_along(role, named):
        return True
    return any((folder / CONFIG).exists() for folder in places(role, named).values())


def stand_in(role: str, settings: Settings) -> Settings | None:
    """Settings that name the starter of a role; None where they mean it anyway, or there is none."""
    starter = settings.model_copy(update={NAMED[role]: STARTER})
    if not is_there(role, starter):
        return None
    named = getattr(settings, NAMED[role])
    other = named != STARTER if named else (places(role)["trained"] / CONFIG).exists()
    return starter if other else None


def comes_along(role: str, named: str | None) -> bool:
    """Whether a setting names a model that comes with the app."""
    return named == STARTER or (named == ACCURATE and role == "stars")


def places(role: str, named: str | None = None) -> dict[str, Path]:
    """Where a role's model is looked for if none was named, or one that comes along, by its kind."""
    if named == ACCURATE:
        return {ACCURATE: ROOT / "assets" / "models" / ACCURATE}
    starter = {STARTER: ROOT / "assets" / "models" / role}
    return starter if named == STARTER else {"trained": ROOT / "models" / role, **starter}


def _find_named(role: str, named: str) -> ModelSource:
    folder = Path(named).expanduser()
    if folder.is_dir():
        return ModelSource(role, "named", named, revision_of(folder), folder)
    if not HUB_ID.fullmatch(named):
        raise RevdemoError(
            "The {role} model {named!r} is neither a folder here nor a Hub id such as owner/name.",
            role=role,
            named=named,
        )
    name, _, revision = named.partition("@")
    folder = fetch(name, revision or None)
    weights_of(folder, named)
    return ModelSource(role, "named", named, folder.name, folder)


def weights_of(folder: Path, name: str = "") -> Path:
    """The file whose checksum is the model's revision: an adapter before its base, of shards the first."""
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise RevdemoError(
            "{model} cannot be used as a model: there is no *.safetensors in it. Pickled weights (*.bin, "
            "*.pt) are never read; save the model as safetensors.",
            model=name or folder,
        )
    return weights[0]


def revision_of(folder: Path) -> str:
    """The checksum of a model folder's weights."""
    return checksum(weights_of(folder))
