"""What a push brings to the Hub, and what a data set there consists of: a run, or a balanced table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from revdemo.errors import RevdemoError
from revdemo.generation.ledger import Ledger
from revdemo.generation.runs.exports import export
from revdemo.hub import dataset_card, push, run_card

CARD = "README.md"
DATA = ("data.parquet", "data.csv")


@dataclass(frozen=True)
class Package:
    """What goes into one repository: its files by their path there, the card among them.

    replaces: globs of files that an earlier push may have left there and that are no longer among these.
    variables: of a Space, what its environment says.
    """

    name: str
    kind: str
    files: Mapping[str, push.Content]
    message: str
    replaces: tuple[str, ...] = ()
    use: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def card(self) -> str:
        """The rendered card."""
        return bytes(self.files[CARD]).decode()


def header_of(card: str) -> dict:
    """The YAML header of a card; {} where there is none."""
    found = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    return (yaml.safe_load(found[1]) or {}) if found else {}


def run_package(
    ledger: Ledger, run_id: str, owner: str | None, name: str, licence: str | None, folder: Path
) -> Package:
    """The accepted reviews of a run of an owner; its file is written below `folder`.

    Raises:
        RevdemoError: the owner has no such run, it is still in progress, or it accepted nothing.
    """
    push.check_name(name)
    run = ledger.run(run_id, owner)
    accepted = ledger.reviews(run_id, owner, accepted=True)
    if run.ended == "running":
        raise RevdemoError("This run is still in progress. Publish it when it has ended.")
    if not accepted:
        raise RevdemoError("This run accepted no review, so there is nothing to publish.")
    data = export(run, accepted, "parquet", folder)
    card = run_card.card(name, run, accepted, DATA[0], licence or run_card.LICENCE)
    return Package(name, "dataset", {DATA[0]: data, CARD: card.encode()}, "Publish a run", DATA)


def folder_package(folder: Path, name: str, licence: str | None, private: bool) -> Package:
    """A folder that `python -m revdemo balance` wrote.

    Raises:
        RevdemoError: it is none, or it would make real rows public and no licence is named.
    """
    import pandas as pd

    push.check_name(name)
    data = next((folder / own for own in DATA if (folder / own).exists()), None)
    card = folder / CARD
    if data is None or not card.exists():
        raise RevdemoError(
            ("{folder} is not a data set made by python -m revdemo balance: it lacks {card} or {data}."),
            folder=folder,
            card=CARD,
            data=" or ".join(DATA),
        )
    text = card.read_text(encoding="utf-8")
    if "synthetic" not in header_of(text).get("tags", []):
        raise RevdemoError(
            "The card in {folder} is not tagged synthetic. Let python -m revdemo balance write it.",
            folder=folder,
        )
    read = pd.read_parquet if data.suffix == ".parquet" else pd.read_csv
    real = int((~read(data)["synthetic"].astype(bool)).sum())
    if real and not licence and not private:
        raise RevdemoError(
            "{real:,} rows of {file} are real reviews, which belong to their authors. Name the licence "
            "that lets you publish them with --license, or push the data set with --private.",
            real=real,
            file=data.name,
        )
    named = dataset_card.published(text, name, licence).encode()
    files: dict[str, push.Content] = {data.name: data, CARD: named}
    return Package(name, "dataset", files, "Publish a balanced data set", DATA)
