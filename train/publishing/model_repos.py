"""What train.publish pushes: the files of a model, a data set or the Space, each with its card."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from fnmatch import fnmatch
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from revdemo.errors import RevdemoError
from revdemo.evaluation.results import CONTRACTS, GeneratedFile, Measured, read_file
from revdemo.files import ASSETS, ROOT, read_json, write_json
from revdemo.generation.copies import COPIES
from revdemo.generation.ledger import Ledger
from revdemo.hub import model_card, push
from revdemo.hub.data_repos import CARD, Package, folder_package, run_package
from revdemo.models import loading
from revdemo.models.weights import bases, download, registry
from revdemo.models.weights.hub_errors import brief
from revdemo.settings import Settings
from revdemo.tables.adapting.contract import read_report
from train.publishing import space

ROLES = ("stars", "judge", "polarity", "generator")
LOG = "training.json"
LABELS = {5: ["1 star", *(f"{stars} stars" for stars in range(2, 6))], 2: ["negative", "positive"]}
SPACE_SETTINGS = ("stars_model", "polarity_model", "generator")


# --- models -------------------------------------------------------------------------------------------------


def find_models(args: argparse.Namespace, settings: Settings) -> list[registry.ModelSource]:
    """The models to publish: of one role, or of every role that has one."""
    if args.folder:
        if not args.role:
            raise RevdemoError("--from names one model: say which with --role.")
        if not args.folder.is_dir():
            raise RevdemoError("There is no folder {folder}.", folder=args.folder)
        return [_source(args.role, args.folder)]
    if args.role:
        return [registry.find(args.role, settings)]
    found = [registry.find(role, settings) for role in ROLES if any(_exists(role))]
    if not found:
        raise RevdemoError(
            "There is no model to publish: train one, or name a folder with --from and --role."
        )
    return found


def _exists(role: str) -> Iterator[bool]:
    return ((folder / registry.CONFIG).exists() for folder in registry.places(role).values())


def _source(role: str, folder: Path) -> registry.ModelSource:
    """A folder as a source; the project's own adapters are known as such."""
    starter = registry.places(role)["starter"]
    kind = "starter" if folder.resolve() == starter.resolve() else "named"
    return registry.ModelSource(role, kind, str(folder), registry.revision_of(folder), folder)


@contextmanager
def model_package(
    source: registry.ModelSource, name: str, args: argparse.Namespace, settings: Settings
) -> Iterator[Package]:
    """One model as it goes to the Hub; merged weights lie in a folder that is gone afterwards."""
    push.check_name(name)
    config = registry.read_config(source.folder)
    if config.get("role", source.role) != source.role:
        raise RevdemoError(
            "{folder} holds the {role} model: publish it with --role {role}.",
            folder=source.folder,
            role=config["role"],
        )
    adapter = (source.folder / "adapter_config.json").exists()
    if adapter and not args.merged:
        _check_base(source, config)
    with TemporaryDirectory(prefix="revdemo-publish-") as temporary:
        folder = _merge(source, settings, Path(temporary)) if adapter and args.merged else source.folder
        files: dict[str, push.Content] = {
            path.name: _shareable(path)
            for path in sorted(folder.iterdir())
            if path.is_file() and any(fnmatch(path.name, own) for own in download.CARRIED)
        }
        facts = _facts(source, name, config, args, settings, merged=args.merged or not adapter)
        files[CARD] = model_card.card(facts).encode()
        flag = model_card.SETTING[source.role].replace("_", "-")
        message = f"Publish the {source.role} model {source.revision[:8]}"
        use = f"python app.py --{flag} {name}@{{revision}}"
        yield Package(name, "model", files, message, tuple(download.CARRIED), use)


def _facts(source, name: str, config: dict, args, settings: Settings, merged: bool) -> model_card.ModelFacts:
    training = source.folder / LOG
    reports = {
        path.stem: read_file(path, CONTRACTS[path.name])
        for path in (args.metrics / f"{own}.json" for own in (source.role, "generated", "limits"))
        if path.exists()
    }
    reports = model_card.measured(source.role, source.revision, reports)
    starter = source.kind == "starter"
    return model_card.ModelFacts(
        name=name,
        role=source.role,
        kind=source.kind,
        revision=source.revision,
        merged=merged,
        config=config,
        training=json.loads(bytes(_read(_shareable(training)))) if training.exists() else {},
        reports=reports,
        example=_example(source, reports, settings),
        license=args.license or ("apache-2.0" if starter else "unknown"),
        training_data=args.training_data or "",
        adapted=model_card.measured_by_adapting(
            source.role, source.revision, read_report(source.folder.parent)
        ),
    )


def _check_base(source: registry.ModelSource, config: dict) -> None:
    """An adapter whose base is a folder of this machine would be of no use to anybody."""
    base = str(
        config.get("base") or read_json(source.folder / "adapter_config.json")["base_model_name_or_path"]
    )
    if base not in bases.BASES and (Path(base).is_dir() or not download.HUB_ID.fullmatch(base)):
        raise RevdemoError(
            "The {role} model is an adapter of {base}, a folder on this machine, and nobody else could "
            "load it. Publish it with --merged.",
            role=source.role,
            base=PurePath(base).name,
        )


def _merge(source: registry.ModelSource, settings: Settings, folder: Path) -> Path:
    """Save an adapter merged into its base as an ordinary model, in float32, as the CPU runs it."""
    from safetensors import SafetensorError

    model, tokenizer, _, config = loading.load(source, settings.model_copy(update={"device": "cpu"}))
    if source.role != "generator":
        names = LABELS.get(model.config.num_labels, [])
        model.config.id2label = dict(enumerate(names))
        model.config.label2id = {label: i for i, label in enumerate(names)}
    try:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        own = {key: value for key, value in config.items() if key != "base"}
        write_json(folder / registry.CONFIG, own)
        for beside in (loading.NGRAMS, COPIES, LOG):
            if (source.folder / beside).exists():
                shutil.copyfile(source.folder / beside, folder / beside)
    except (OSError, SafetensorError) as error:
        raise RevdemoError(
            "The merged model could not be written to {folder}: {reason}. Make room there, or name another "
            "place with TMPDIR.",
            folder=folder,
            reason=brief(error),
        ) from error
    return folder


def _example(source, reports: Mapping[str, Measured], settings: Settings) -> tuple[str, str, str] | None:
    """An input and its output: of the measured ones where a file has one, else computed now."""
    generated = reports.get("generated")
    for one in generated.examples if isinstance(generated, GeneratedFile) else ():
        if one.accepted:
            said = "One of those measured for `generated.json` in `assets/metrics`"
            return f"{one.requested} stars", one.text, f"{said}, accepted as {one.filter} stars."
    settings = settings.model_copy(update={"device": "cpu", "quantize": "none"})
    try:
        return _computed(source, settings)
    except RevdemoError as error:
        print(f"{source.role}: no example on the card. {error}", file=sys.stderr)
        return None


def _computed(source, settings: Settings) -> tuple[str, str, str]:
    from revdemo.models.classifier import StarClassifier
    from revdemo.models.generator import ReviewGenerator
    from revdemo.models.polarity import PolarityClassifier

    settings = settings.model_copy(update={model_card.SETTING[source.role]: str(source.folder)})
    if source.role == "generator":
        (text,) = ReviewGenerator.load(settings).sample(stars=4, n=1, seed=0)
        return "4 stars", text, "Computed when this card was made, seed 0, as it came: nothing filtered it."
    text = read_json(ASSETS / "examples.json")[0]["text"]
    if source.role == "polarity":
        (found,) = PolarityClassifier.load(settings).predict([text])
        answer = f"{found.polarity}, {found.probability:.2f} positive"
    else:
        (found,) = StarClassifier.load(settings).predict([text])
        answer = f"{found.stars} stars, {found.confidence:.2f} sure"
    return text, answer, "Computed when this card was made, in float32 on a CPU."


def _shareable(path: Path) -> push.Content:
    """A file as it may be shown: where training's log names paths of this machine, only their last part."""
    if path.name != LOG:
        return path
    content = read_json(path)
    shown = _without_folders(content)
    return path if shown == content else (json.dumps(shown, indent=2) + "\n").encode()


def _without_folders(value):
    if isinstance(value, dict):
        return {key: _without_folders(own) for key, own in value.items()}
    if isinstance(value, list):
        return [_without_folders(own) for own in value]
    if isinstance(value, str):
        return " ".join(
            PurePath(part).name if PurePath(part).is_absolute() else part for part in value.split(" ")
        )
    return value


def _read(content: push.Content) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


# --- data sets ----------------------------------------------------------------------------------------------


@contextmanager
def dataset_package(args: argparse.Namespace, settings: Settings) -> Iterator[Package]:
    """The data set that the command line names."""
    if args.folder:
        yield folder_package(args.folder, args.to, args.license, args.private)
    else:
        with (
            TemporaryDirectory(prefix="revdemo-publish-") as temporary,
            closing(Ledger(settings.data_dir / "ledger.sqlite")) as ledger,
        ):
            yield run_package(ledger, args.run, None, args.to, args.license, Path(temporary))


# --- the Space ----------------------------------------------------------------------------------------------


def space_package(args: argparse.Namespace, root: Path | None = None) -> Package:
    """The app as a Space, which uses the models named, each at a revision."""
    push.check_name(args.to)
    named = {
        name: getattr(args, f"space_{name}") for name in SPACE_SETTINGS if getattr(args, f"space_{name}")
    }
    for name, model in named.items():
        if not download.HUB_ID.fullmatch(model) or "@" not in model:
            raise RevdemoError(
                "--{name} is {model!r}: a Space needs a Hub id with its revision, OWNER/NAME@COMMIT.",
                name=name.replace("_", "-"),
                model=model,
            )
    root = root or ROOT
    files = space.files(root) | {CARD: space.card(root, list(named.values())).encode()}
    variables = {f"REVDEMO_{name.upper()}": model for name, model in named.items()}
    return Package(args.to, "space", files, "Publish the app", ("revdemo/*", "assets/*"), variables=variables)
