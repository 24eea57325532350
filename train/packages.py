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

from revdemo import hub, models
from revdemo.errors import RevdemoError
from revdemo.ledger import Ledger
from revdemo.package import CARD, Package, folder_package, run_package
from revdemo.settings import Settings
from train import cards, space

ROLES = ("stars", "judge", "polarity", "generator")
ADAPTED = "adapt.json"  # beside the folders of the models, as train.adapt leaves it
LOG = "training.json"
LABELS = {5: ["1 star", *(f"{stars} stars" for stars in range(2, 6))], 2: ["negative", "positive"]}
SPACE_SETTINGS = ("stars_model", "polarity_model", "generator")


# --- models -------------------------------------------------------------------------------------------------


def find_models(args: argparse.Namespace, settings: Settings) -> list[models.ModelSource]:
    """The models to publish: of one role, or of every role that has one."""
    if args.folder:
        if not args.role:
            raise RevdemoError("--from names one model: say which with --role.")
        if not args.folder.is_dir():
            raise RevdemoError(f"There is no folder {args.folder}.")
        return [_source(args.role, args.folder)]
    if args.role:
        return [models.find(args.role, settings)]
    found = [models.find(role, settings) for role in ROLES if any(_exists(role))]
    if not found:
        raise RevdemoError(
            "There is no model to publish: train one, or name a folder with --from and --role."
        )
    return found


def _exists(role: str) -> Iterator[bool]:
    return ((folder / models.CONFIG).exists() for folder in models.places(role).values())


def _source(role: str, folder: Path) -> models.ModelSource:
    """A folder as a source; the project's own adapters are known as such."""
    starter = models.places(role)["starter"]
    kind = "starter" if folder.resolve() == starter.resolve() else "named"
    return models.ModelSource(role, kind, str(folder), models.revision_of(folder), folder)


@contextmanager
def model_package(
    source: models.ModelSource, name: str, args: argparse.Namespace, settings: Settings
) -> Iterator[Package]:
    """One model as it goes to the Hub; merged weights lie in a folder that is gone afterwards."""
    hub.check_name(name)
    config = models.read_config(source.folder)
    if config.get("role", source.role) != source.role:
        raise RevdemoError(
            f"{source.folder} holds the {config['role']} model: publish it with --role {config['role']}."
        )
    adapter = (source.folder / "adapter_config.json").exists()
    if adapter and not args.merged:
        _check_base(source, config)
    with TemporaryDirectory(prefix="revdemo-publish-") as temporary:
        folder = _merge(source, settings, Path(temporary)) if adapter and args.merged else source.folder
        files: dict[str, hub.Content] = {
            path.name: _shareable(path)
            for path in sorted(folder.iterdir())
            if path.is_file() and any(fnmatch(path.name, own) for own in models.CARRIED)
        }
        facts = _facts(source, name, config, args, settings, merged=args.merged or not adapter)
        files[CARD] = cards.model_card(facts).encode()
        flag = cards.SETTING[source.role].replace("_", "-")
        message = f"Publish the {source.role} model {source.revision[:8]}"
        use = f"python app.py --{flag} {name}@{{revision}}"
        yield Package(name, "model", files, message, tuple(models.CARRIED), use)


def _facts(source, name: str, config: dict, args, settings: Settings, merged: bool) -> cards.ModelFacts:
    training = source.folder / LOG
    reports = {
        path.stem: models.read_json(path)
        for path in (args.metrics / f"{own}.json" for own in (source.role, "generated", "limits"))
        if path.exists()
    }
    reports = cards.measured(source.role, source.revision, reports)
    starter = source.kind == "starter"
    adapted = source.folder.parent / ADAPTED
    return cards.ModelFacts(
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
        adapted=cards.measured_by_adapting(
            source.role, source.revision, models.read_json(adapted) if adapted.exists() else {}
        ),
    )


def _check_base(source: models.ModelSource, config: dict) -> None:
    """An adapter whose base is a folder of this machine would be of no use to anybody."""
    base = str(
        config.get("base")
        or models.read_json(source.folder / "adapter_config.json")["base_model_name_or_path"]
    )
    if base not in models.BASES and (Path(base).is_dir() or not models.HUB_ID.fullmatch(base)):
        raise RevdemoError(
            f"The {source.role} model is an adapter of {PurePath(base).name}, a folder on this machine, and "
            "nobody else could load it. Publish it with --merged."
        )


def _merge(source: models.ModelSource, settings: Settings, folder: Path) -> Path:
    """Save an adapter merged into its base as an ordinary model, in float32, as the CPU runs it."""
    from safetensors import SafetensorError

    model, tokenizer, _, config = models.load(source, settings.model_copy(update={"device": "cpu"}))
    if source.role != "generator":
        names = LABELS.get(model.config.num_labels, [])
        model.config.id2label = dict(enumerate(names))
        model.config.label2id = {label: i for i, label in enumerate(names)}
    try:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        own = {key: value for key, value in config.items() if key != "base"}
        (folder / models.CONFIG).write_text(json.dumps(own, indent=2) + "\n", encoding="utf-8")
        for beside in (models.NGRAMS, models.COPIES, LOG):
            if (source.folder / beside).exists():
                shutil.copyfile(source.folder / beside, folder / beside)
    except (OSError, SafetensorError) as error:
        raise RevdemoError(
            f"The merged model could not be written to {folder}: {hub.brief(error)}. Make room there, or "
            "name another place with TMPDIR."
        ) from error
    return folder


def _example(source, reports: Mapping[str, dict], settings: Settings) -> tuple[str, str, str] | None:
    """An input and its output: of the measured ones where a file has one, else computed now."""
    for one in reports.get("generated", {}).get("examples", []):
        if one["accepted"]:
            said = "One of those measured for `generated.json` in `assets/metrics`"
            return f"{one['requested']} stars", one["text"], f"{said}, accepted as {one['filter']} stars."
    settings = settings.model_copy(update={"device": "cpu", "quantize": "none"})
    try:
        return _computed(source, settings)
    except RevdemoError as error:
        print(f"{source.role}: no example on the card. {error}", file=sys.stderr)
        return None


def _computed(source, settings: Settings) -> tuple[str, str, str]:
    from revdemo.classifier import StarClassifier
    from revdemo.generator import ReviewGenerator
    from revdemo.polarity import PolarityClassifier

    settings = settings.model_copy(update={cards.SETTING[source.role]: str(source.folder)})
    if source.role == "generator":
        (text,) = ReviewGenerator.load(settings).sample(stars=4, n=1, seed=0)
        return "4 stars", text, "Computed when this card was made, seed 0, as it came: nothing filtered it."
    text = json.loads((models.ROOT / "assets" / "examples.json").read_text(encoding="utf-8"))[0]["text"]
    if source.role == "polarity":
        (found,) = PolarityClassifier.load(settings).predict([text])
        answer = f"{found.polarity}, {found.probability:.2f} positive"
    else:
        (found,) = StarClassifier.load(settings).predict([text])
        answer = f"{found.stars} stars, {found.confidence:.2f} sure"
    return text, answer, "Computed when this card was made, in float32 on a CPU."


def _shareable(path: Path) -> hub.Content:
    """A file as it may be shown: where training's log names paths of this machine, only their last part."""
    if path.name != LOG:
        return path
    content = models.read_json(path)
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


def _read(content: hub.Content) -> bytes:
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
    hub.check_name(args.to)
    named = {
        name: getattr(args, f"space_{name}") for name in SPACE_SETTINGS if getattr(args, f"space_{name}")
    }
    for name, model in named.items():
        if not models.HUB_ID.fullmatch(model) or "@" not in model:
            raise RevdemoError(
                f"--{name.replace('_', '-')} is {model!r}: a Space needs a Hub id with its revision, "
                "OWNER/NAME@COMMIT."
            )
    root = root or models.ROOT
    files = space.files(root) | {CARD: space.card(root, list(named.values())).encode()}
    variables = {f"REVDEMO_{name.upper()}": model for name, model in named.items()}
    return Package(args.to, "space", files, "Publish the app", ("revdemo/*", "assets/*"), variables=variables)
