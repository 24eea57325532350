"""The command line and the Python that repeat a run: pure functions of its request and its models."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import MISSING, fields

from revdemo.generation.request import AT_ONCE, Request
from revdemo.settings import Settings

ALWAYS = ("stars", "accepted", "seed", "rounds")  # rounds: its default is a setting, which may change
SETTINGS = {"generator": "generator", "classifier": "stars_model"}  # of a run's models, and what names each
UNNAMED = {"starter", "trained"}
COMMIT = 40  # letters of a revision on the Hub; that of a folder is a longer checksum
SAME = "The same models, device, settings and library versions write the same reviews."
FOLDER = "{name} was a folder of that name: put its whole path there."


def command_of(request: Request, models: Mapping[str, Mapping[str, str]]) -> str:
    """The command line that repeats a run, with comments that name its models.

    Args:
        models: the label and the revision of each, as a run and the ledger hold them.
    """
    parts = ["python -m revdemo generate"]
    for name, value in {**_named(models), **_asked(request)}.items():
        flag = f"--{name.replace('_', '-')}"
        # Joined, because an argument of its own that begins with a hyphen would be read as a flag.
        parts.append(flag if value is True else f"{flag}={shlex.quote(str(value))}")
    return "\n".join([*_notes(models), " ".join(parts)])


def python_of(request: Request, models: Mapping[str, Mapping[str, str]]) -> str:
    """The Python that repeats a run, from the project's folder, and prints what was accepted."""
    named = [f"--{name.replace('_', '-')}={value}" for name, value in _named(models).items()]
    arguments = [f"{name}={value!r}" for name, value in _asked(request).items()]
    lines = [*_notes(models), "import revdemo"]
    if named:
        lines += ["from revdemo.settings import load_settings", "", f"settings = load_settings({named!r})"]
        arguments.append("settings=settings")
    lines += ["", f"run = revdemo.generate({', '.join(arguments)})"]
    return "\n".join([*lines, "for review in run.accepted:", "    print(review.text)"])


def _asked(request: Request) -> dict[str, object]:
    """The fields of a request that must be said: those that differ from what the doors take by themselves."""
    usual = {field.name: field.default for field in fields(Request) if field.default is not MISSING}
    usual |= {"at_once": AT_ONCE, "deadline": Settings.model_fields["deadline"].default}
    found = {name: getattr(request, name) for name in (*ALWAYS, *usual)}
    return {name: value for name, value in found.items() if name in ALWAYS or value != usual[name]}


def _named(models: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The settings that name the models of a run, where they are not what is taken without any."""
    found = {}
    for role, setting in SETTINGS.items():
        name = _name(models.get(role))
        if name and _is_commit(models[role]["revision"]):
            found[setting] = f"{name.partition('@')[0]}@{models[role]['revision']}"
        elif name:
            found[setting] = name
    return found


def _notes(models: Mapping[str, Mapping[str, str]]) -> list[str]:
    known = [(role, models[role]) for role in SETTINGS if role in models]
    lines = [f"# {role}: {_one_line(own['label'])}, revision {own['revision']}" for role, own in known]
    named = _named(models)
    for role, setting in SETTINGS.items():
        if setting in named and not _is_commit(models[role]["revision"]):
            lines.append(f"# {FOLDER.format(name=_one_line(named[setting]))}")
    return [*lines, f"# {SAME}"]


def _name(model: Mapping[str, str] | None) -> str | None:
    """What names a model in a setting; None for one that is found without a name."""
    if model and "kind" in model:
        return None if model["kind"] in UNNAMED else model["name"]
    return _labelled(model["label"]) if model else None


def _labelled(label: str) -> str | None:
    """What names a model by its label (name, role, revision), which is all that older runs say."""
    parts = label.rsplit(" ", 2)
    return None if len(parts) < 3 or parts[0] in ("starter", f"models/{parts[1]}") else parts[0]


def _is_commit(revision: str) -> bool:
    return len(revision) == COMMIT


def _one_line(text: str) -> str:
    return " ".join(text.split())
