"""Publishing, and loading what was published, over real HTTP from a Hub on loopback."""

import errno
import json
import logging
import os
import re
import shlex
import subprocess
import sys
from contextlib import closing

import pandas as pd
import pytest
import torch
from huggingface_hub import DatasetCard, ModelCard, constants
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification

from revdemo import hub as hub_client
from revdemo import models
from revdemo.classifier import StarClassifier
from revdemo.errors import RevdemoError
from revdemo.generator import ReviewGenerator
from revdemo.ledger import Ledger
from revdemo.loop import Request, Review
from revdemo.plan import Balanced, Held
from tests.hub import READER, TOKEN, serve
from tests.test_models import add_adapter
from tests.tiny import tiny_causal, tiny_encoder
from train import cards, packages, publish, space
from train.readme import number, percent

TEXTS = ["Slow, but the ending earns it.", "Terrible. The worst two hours of my year."]
ROOT = models.ROOT


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub on loopback that this process talks to, with a token that may write as `owner`."""
    with serve() as hub:
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        for name, value in {
            "ENDPOINT": hub.url,
            "HUGGINGFACE_CO_URL_TEMPLATE": template,
            "HF_HUB_OFFLINE": False,
            "HF_HUB_DISABLE_XET": True,
            "HF_HUB_CACHE": str(tmp_path / "hub-cache"),
            "HF_TOKEN_PATH": str(tmp_path / "no-token"),
        }.items():
            monkeypatch.setattr(constants, name, value)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
        yield hub


@pytest.fixture
def encoder(tmp_path, hub):
    """The folder of a tiny star classifier's base, which is also on the Hub as owner/base."""
    folder = tiny_encoder(tmp_path / "base")
    hub.base = hub.add("owner/base", {path.name: path.read_bytes() for path in folder.iterdir()})
    return folder


@pytest.fixture
def adapter(tmp_path, hub, encoder):
    """A tiny adapter as training leaves it, whose base is on the Hub."""
    folder = add_adapter(encoder, tmp_path / "adapter", f"owner/base@{hub.base}")
    (folder / "README.md").unlink()
    (folder / "checkpoints").mkdir()
    pd.DataFrame({"text": ["somebody's own words"]}).to_parquet(folder / "training_rows.parquet")
    log = {"command": "python -m train.stars --data /home/me/rows", "recipe": {"base": "tiny", "epochs": 2.0},
           "device": "CPU, 1 threads", "precision": "float32", "best": None, "log": []}  # fmt: skip
    (folder / "training.json").write_text(json.dumps(log))
    return folder


def run(*arguments, status=0):
    """The command line, in this process."""
    assert publish.main([*map(str, arguments)]) == status


def push_stars(adapter, *more, to="owner/stars", status=0):
    run("models", "--role", "stars", "--from", adapter, "--to", to, *more, status=status)


def load(settings, name, role="stars_model"):
    kind = ReviewGenerator if role == "generator" else StarClassifier
    return kind.load(settings.model_copy(update={role: name, "quantize": "none"}))


# --- push, load back, predict the same ----------------------------------------------------------------------


@pytest.mark.parametrize("merged", [False, True])
def test_a_published_classifier_predicts_the_same(hub, adapter, settings, capsys, merged):
    push_stars(adapter, *["--merged"] * merged)
    commit = hub.repos["model", "owner/stars"].commits[-1][0]
    assert f"in commit {commit}" in capsys.readouterr().out
    files = hub.files("owner/stars")
    assert ("adapter_model.safetensors" in files, "model.safetensors" in files) == (not merged, merged)
    assert not {"training_rows.parquet", "checkpoints"} & files.keys()
    local, published = load(settings, str(adapter)), load(settings, f"owner/stars@{commit}")
    assert (published.source.kind, published.source.revision) == ("named", commit)
    for mine, theirs in zip(local.predict(TEXTS), published.predict(TEXTS), strict=True):
        assert mine.probabilities == pytest.approx(theirs.probabilities, abs=1e-6)


def test_a_published_generator_writes_the_same(hub, tmp_path, settings):
    folder = tiny_causal(tmp_path / "generator")
    (folder / "revdemo.json").write_text('{"role": "generator", "max_tokens": 12}')
    run("models", "--role", "generator", "--from", folder, "--to", "owner/writer")
    local, published = load(settings, str(folder), "generator"), load(settings, "owner/writer", "generator")
    assert local.sample(stars=4, n=3, seed=7) == published.sample(stars=4, n=3, seed=7)
    assert b"| 4 stars | " in hub.files("owner/writer")["README.md"]


def test_merged_weights_name_their_labels_and_take_the_adapter_s_place(hub, adapter):
    push_stars(adapter)
    kept = {"notes/adapter.json": b"{}", "LICENSE": b"mine"}
    hub.add("owner/stars", hub.files("owner/stars") | kept)
    push_stars(adapter, "--merged")
    files = hub.files("owner/stars")
    assert kept.items() <= files.items()
    assert not [name for name in files if name.startswith("adapter")]
    assert json.loads(files["config.json"])["id2label"]["4"] == "5 stars"
    assert "base" not in json.loads(files["revdemo.json"])
    assert ".gitattributes" in files  # what others put there stays


def test_every_role_gets_a_repository_of_its_own(hub, monkeypatch):
    monkeypatch.setattr(packages, "_example", lambda *_: None)
    run("models", "--to", "owner/revdemo", "--dry-run")
    run("models", "--to", "owner/revdemo")
    names = {name for _, name in hub.repos}
    assert names == {f"owner/revdemo-{role}" for role in packages.ROLES}
    for role in packages.ROLES:
        starter = (ROOT / "assets" / "models" / role / "adapter_model.safetensors").read_bytes()
        assert hub.files(f"owner/revdemo-{role}")["adapter_model.safetensors"] == starter


# --- once is enough -----------------------------------------------------------------------------------------


def test_what_is_there_is_not_pushed_again(hub, adapter, capsys):
    push_stars(adapter)
    commits, uploads = hub.commits("owner/stars"), list(hub.uploads)
    push_stars(adapter)
    assert (hub.commits("owner/stars"), hub.uploads) == (commits, uploads) == (2, uploads)
    assert "nothing has changed since commit" in capsys.readouterr().out


def test_a_change_is_one_commit_of_what_changed(hub, adapter):
    push_stars(adapter)
    before = hub.files("owner/stars")
    push_stars(adapter, "--license", "mit")
    assert hub.commits("owner/stars") == 3
    assert {name for name, own in hub.files("owner/stars").items() if before.get(name) != own} == {
        "README.md"
    }


def test_a_push_that_was_cut_goes_on(hub, adapter, capsys):
    hub.faults["/commit/"] = "cut"
    push_stars(adapter, status=2)
    assert "Nothing was pushed: the connection to" in capsys.readouterr().err
    assert (hub.commits("owner/stars"), len(hub.uploads)) == (1, 1)
    hub.faults.clear()
    push_stars(adapter)
    assert (hub.commits("owner/stars"), len(hub.uploads)) == (2, 1)


# --- dry runs -----------------------------------------------------------------------------------------------


def test_a_dry_run_shows_all_and_asks_nobody(hub, tmp_path, monkeypatch, capsys):
    folder = tiny_encoder(tmp_path / "whole")
    monkeypatch.delenv("HF_TOKEN")
    run("models", "--role", "stars", "--from", folder, "--to", "owner/stars", "--dry-run")
    out = capsys.readouterr().out
    for path in folder.iterdir():
        assert f"{path.stat().st_size:,}  {path.name}\n" in out
    assert "# stars: stars of a review" in out
    assert (hub.requests, hub.repos) == ([], {})


# --- cards --------------------------------------------------------------------------------------------------


def facts_of(role: str, **changes) -> cards.ModelFacts:
    """The facts of a model of the project itself, as it is published."""
    folder = ROOT / "assets" / "models" / role
    revision = models.revision_of(folder)
    reports = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in (ROOT / "assets" / "metrics").glob("*.json")
    }
    facts = {
        "name": f"owner/{role}",
        "role": role,
        "kind": "starter",
        "revision": revision,
        "merged": False,
        "config": models.read_config(folder),
        "training": models.read_json(folder / "training.json"),
        "reports": cards.measured(role, revision, reports),
        "example": ("4 stars", "A text | with a bar.", "Said in a test."),
        "license": "apache-2.0",
    }
    return cards.ModelFacts(**facts | changes)


def figures_of(role: str, reports: dict) -> list[str]:
    """What the tables of a card must say, from the files themselves."""
    own = reports[role]
    if role == "generator":
        pairs = [own[name][when] for name in ("perplexity", "bits_per_byte") for when in ("before", "after")]
        return [number(pair) for pair in pairs]
    if role == "polarity":
        return [percent(domain["accuracy"]) for domain in own["domains"].values()]
    sides = own, own["baseline"]
    return [percent(side[kind]["accuracy"]) for side in sides for kind in ("exact", "near")] + [
        number(side["mae"]) for side in sides
    ]


@pytest.mark.parametrize("role", packages.ROLES)
@pytest.mark.parametrize("merged", [False, True])
def test_a_model_card_says_what_was_measured(role, merged):
    facts = facts_of(role, merged=merged)
    text = cards.model_card(facts)
    card = ModelCard(text)
    assert role in facts.reports, "the metrics are of other weights"
    for result in card.data.eval_results:
        value = json_value(facts.reports[role], result.metric_type, result.metric_name)
        assert result.metric_value == value["value"]
        assert f"95 % interval {value['low']} to {value['high']}" in result.metric_name
        assert result.dataset_revision == facts.reports[role]["data"]
    assert len(card.data.eval_results) == (2 if role == "generator" else 4)
    for figure in figures_of(role, facts.reports):
        assert figure in text
    for recipe in facts.training.get("mean_of") or [facts.training]:
        for name, value in recipe["recipe"].items():
            assert value is None or re.search(rf"\| `{name}` \|(.* \|)? {re.escape(str(value))} \|", text)
    rows = facts.config["training_rows"]
    assert f"{rows['n']:,} reviews (fingerprint `{rows['sha256'][:12]}`)" in text
    assert "| 4 stars | A text \\| with a bar. |" in text
    assert "belong to their authors" in text
    assert card.data.license == "apache-2.0"
    assert card.data.library_name == ("transformers" if merged else "peft")
    assert card.data.base_model == models.BASES[facts.config["base"]].hub
    assert ("synthetic" in card.data.tags) == (role == "generator")


def json_value(report: dict, metric: str, name: str) -> dict:
    """The figure of a file of assets/metrics that an entry of the model index is about."""
    if name.startswith(("exact", "near")):
        return report[name.split()[0]][metric]
    found = report[metric]
    return found.get("after", found)


def test_the_three_lines_of_a_card_are_code_that_runs(hub, adapter, settings, monkeypatch):
    push_stars(adapter)
    code = re.search(r"```python\n(.*?)```", hub.files("owner/stars")["README.md"].decode(), re.DOTALL)[1]
    assert len(code.strip().splitlines()) == 3
    monkeypatch.setenv("REVDEMO_DEVICE", "cpu")
    exec(code, {})


def test_figures_of_other_weights_are_not_told():
    own = facts_of("stars")
    assert cards.measured("stars", "0" * 64, own.reports) == {}
    text = cards.model_card(facts_of("stars", reports={}))
    assert "These weights were not measured" in text
    assert not ModelCard(text).data.eval_results
    assert percent(own.reports["stars"]["exact"]["accuracy"]) not in text


def test_a_card_of_other_reviews_claims_nothing_about_them():
    mine = facts_of("stars", kind="named", license="unknown")
    assert "Its publisher does not say which reviews" in cards.model_card(mine)
    assert "IMDb" not in cards.model_card(mine).partition("## Training data")[2]
    said = cards.model_card(facts_of("stars", kind="named", training_data="Ours, CC-BY."))
    further = mine.training | {"recipe": {"start": "assets/models/stars"}, "mean_of": None}
    begun = cards.model_card(facts_of("stars", kind="named", training=further)).partition("## Training data")[
        2
    ]
    assert "It went on from the project's stars model" in begun and "IMDb" in begun
    assert "Ours, CC-BY." in said and cards.UNSAID not in said


def test_paths_of_this_machine_do_not_leave_it(hub, adapter):
    push_stars(adapter)
    files = hub.files("owner/stars")
    assert b"train.stars --data rows" in files["training.json"]
    assert not [name for name, content in files.items() if b"/home/me" in content]


# --- data sets ----------------------------------------------------------------------------------------------


@pytest.fixture
def run_id(tmp_path):
    """A run that has ended, in a ledger of its own: two accepted reviews, one rejected."""
    reviews = [
        Review(1, 1, "A fine film | really.", 4, 4, 0.8, (0.05, 0.05, 0.05, 0.8, 0.05), True, ""),
        Review(2, 1, "A copied text.", 4, 4, 0.8, (0.05, 0.05, 0.05, 0.8, 0.05), False, "copy"),
        Review(3, 1, "Good songs, bad jokes.", 4, 4, 0.6, (0.1, 0.1, 0.1, 0.6, 0.1), True, ""),
    ]
    with closing(Ledger(tmp_path / "data" / "ledger.sqlite")) as ledger:
        about = {"generator": {"label": "starter generator 0dc7", "revision": "0dc7" * 16}}
        found = ledger.start(Request(stars=4, accepted=2, seed=7), "me", about)
        ledger.add(found, reviews)
        ledger.finish(found, "target")
    return found


def test_a_run_becomes_a_data_set(hub, tmp_path, run_id, capsys):
    command = ("dataset", "--run", run_id, "--to", "owner/reviews", "--data-dir", tmp_path / "data")
    run(*command)
    files = hub.files("owner/reviews", "dataset")
    (tmp_path / "back.parquet").write_bytes(files["data.parquet"])
    table = pd.read_parquet(tmp_path / "back.parquet")
    assert list(table["review"]) == ["A fine film | really.", "Good songs, bad jokes."]
    assert table["synthetic"].all() and b"A copied text" not in files["data.parquet"]
    text = files["README.md"].decode()
    assert DatasetCard(text).data.to_dict() == {
        "pretty_name": "reviews: synthetic reviews of 4 stars",
        "language": ["en"],
        "license": "unknown",
        "task_categories": ["text-classification"],
        "size_categories": ["n<1K"],
        "tags": ["synthetic", "revdemo", "reviews"],
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "data.parquet"}]}],
    }
    for said in (
        "Of 3 reviews it accepted 2, 66.7% (20.8% to 93.9%",
        "| `seed` | 7 |",
        "A fine film \\| really.",
    ):
        assert said in text
    run(*command)
    assert hub.commits("owner/reviews", "dataset") == 2
    assert "nothing has changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    "ended, accepted, said", [(None, True, "still going on"), ("rounds", False, "accepted no")]
)
def test_a_run_with_nothing_to_publish_is_refused(tmp_path, capsys, ended, accepted, said):
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        found = ledger.start(Request(stars=4), "me", {})
        ledger.add(found, [Review(1, 1, "Dull.", 4, 4, 0.8, None, accepted, "" if accepted else "stars")])
        if ended:
            ledger.finish(found, ended)
        run("dataset", "--run", found, "--to", "owner/reviews", "--data-dir", tmp_path, status=2)
    assert said in capsys.readouterr().err


@pytest.fixture
def balanced(tmp_path, monkeypatch):
    """A folder that revdemo balance wrote: real rows and one synthetic review."""
    from revdemo import balance, dataset, tables
    from tests.fakes import FakeGenerator
    from tests.fakes_balance import lopsided

    chosen = tables.open_chosen(lopsided(tmp_path / "table.csv"), "Text", "score", 5)
    plan = balance.plan_for(chosen, 6, 7, balance.Limits())
    return dataset.write(Balanced(plan, Held()), chosen, FakeGenerator(), None, tmp_path / "balanced")


def test_a_balanced_table_becomes_a_data_set(hub, balanced, capsys):
    command = ("dataset", "--folder", balanced, "--to", "owner/table")
    run(*command, status=2)
    assert (
        "15 rows of data.parquet are real reviews, which belong to their authors" in capsys.readouterr().err
    )
    run(*command, "--license", "cc-by-4.0")
    files = hub.files("owner/table", "dataset")
    assert files["data.parquet"] == (balanced / "data.parquet").read_bytes()
    card = DatasetCard(files["README.md"].decode())
    assert (card.data.license, "synthetic" in card.data.tags) == ("cc-by-4.0", True)
    assert 'load_dataset("owner/table"' in card.text and "above says `unknown`" not in card.text
    run(*command, "--license", "cc-by-4.0")
    assert hub.commits("owner/table", "dataset") == 2


def test_real_rows_of_no_licence_may_be_pushed_in_private(hub, balanced):
    run("dataset", "--folder", balanced, "--to", "owner/table", "--private")
    assert hub.repos["dataset", "owner/table"].private


# --- the Space ----------------------------------------------------------------------------------------------


def test_the_app_becomes_a_space(hub, capsys):
    pinned = f"owner/stars@{'a' * 40}"
    command = ("space", "--to", "owner/demo", "--stars-model", pinned)
    run(*command)
    repo = hub.repos["space", "owner/demo"]
    files = hub.files("owner/demo", "space")
    header = space.header_of(files["README.md"].decode())
    assert not set(space.NEEDS) - header.keys()
    assert (header["sdk"], header["app_file"] in files, header["models"][0]) == (
        "gradio",
        True,
        "owner/stars",
    )
    assert repo.variables == {"REVDEMO_STARS_MODEL": pinned}
    assert {"revdemo/models.py", "requirements.txt", "assets/models/stars/revdemo.json"} <= files.keys()
    assert not [
        name for name in files if name.startswith(("tests/", "train/", "models/")) or "pycache" in name
    ]
    for name, content in files.items():
        assert name in ("README.md", ".gitattributes") or content == (ROOT / name).read_bytes()
    run(*command)
    assert hub.commits("owner/demo", "space") == 2
    assert ("POST", "/api/spaces/owner/demo/variables") in hub.requests
    assert hub.requests.count(("POST", "/api/spaces/owner/demo/variables")) == 1


def test_a_space_s_models_are_pinned(capsys):
    run("space", "--to", "owner/demo", "--generator", "owner/writer", "--dry-run", status=2)
    assert (
        "--generator is 'owner/writer': a Space needs a Hub id with its revision" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("hf_oauth: true\n", "", "lacks hf_oauth"),
        ("sdk_version: ", "sdk_version: 5.", "says gradio 5."),
        ("app_file: app.py", "app_file: main.py", "names main.py, which is not there"),
        ("short_description: ", f"short_description: {'x' * 60}", "more than 60 characters"),
    ],
)
def test_front_matter_that_a_space_cannot_use_is_refused(tmp_path, old, new, said):
    for name in ("app.py", "requirements.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (tmp_path / "README.md").write_text(readme.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RevdemoError, match=said):
        space.card(tmp_path)


# --- what can go wrong with a push --------------------------------------------------------------------------


def refuse(hub, monkeypatch, what):
    """Put the Hub, or this machine, into the state that is to be explained."""
    if what == "no token":
        monkeypatch.delenv("HF_TOKEN")
    elif what == "bad token":
        monkeypatch.setenv("HF_TOKEN", "hf_loopbackTokenThatWasRevoked")
    elif what == "reader":
        monkeypatch.setenv("HF_TOKEN", READER)
    elif what == "reader of a repository":
        hub.add("owner/stars", {})
        monkeypatch.setenv("HF_TOKEN", READER)
    elif what == "public":
        hub.add("owner/stars", {})
    elif what == "offline":
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    elif what == "full":
        monkeypatch.setattr(hub_client, "_is_there", raise_full)
    else:
        hub.faults["/preupload/" if what != 412 else "/commit/"] = what


def raise_full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/some/file")


PUSHES = [
    ("no token", "There is no token to push with. Sign in with `hf auth login`"),
    ("bad token", "does not know the token"),
    ("reader", "may not write to owner/stars"),
    ("reader of a repository", "may not write to owner/stars (You have no right to write here)"),
    ("public", "is there already and is public"),
    ("offline", "switched off by HF_HUB_OFFLINE"),
    ("full", "the disk is full. Make room at /tmp/some"),
    ("cut", "failed or was cut"),
    (412, "was changed by somebody else meanwhile"),
    (429, "asks for a pause"),
    (503, "The Hub failed with status 503"),
]


@pytest.mark.parametrize("what, said", PUSHES, ids=[str(what) for what, _ in PUSHES])
def test_a_push_that_fails_is_one_line_without_the_token(
    hub, adapter, monkeypatch, capsys, caplog, what, said
):
    monkeypatch.setattr(packages, "_example", lambda *_: None)
    refuse(hub, monkeypatch, what)
    caplog.set_level(logging.DEBUG)
    push_stars(adapter, *["--private"] * (what == "public"), status=2)
    out, err = capsys.readouterr()
    assert said in err
    assert (err.count("error: "), "Traceback" in err) == (1, False)
    assert err.strip().splitlines()[-1].startswith("error: ")
    for secret in (TOKEN, READER, "hf_loopbackTokenThatWasRevoked"):
        assert secret not in out + err + caplog.text
    assert hub.commits("owner/stars") <= 1 if ("model", "owner/stars") in hub.repos else True


def test_no_token_is_written_anywhere(hub, adapter, tmp_path, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    push_stars(adapter)
    out, err = capsys.readouterr()
    assert TOKEN not in out + err + caplog.text
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept and not [path for path in kept if TOKEN.encode() in path.read_bytes()]
    assert not [name for name, content in hub.files("owner/stars").items() if TOKEN.encode() in content]


@pytest.mark.parametrize("name", ["stars", "owner/", "own er/stars", "owner/a/b", "owner/a--b", "../stars"])
def test_a_name_that_is_none_is_refused_before_anything_is_done(adapter, capsys, name):
    push_stars(adapter, "--dry-run", to=name, status=2)
    assert "is no name for a repository, which is OWNER/NAME" in capsys.readouterr().err


def test_an_adapter_of_a_base_that_is_only_here_is_to_be_merged(hub, tmp_path, encoder, capsys):
    folder = add_adapter(encoder, tmp_path / "mine", str(encoder))
    push_stars(folder, status=2)
    assert (
        "a folder on this machine, and nobody else could load it. Publish it with --merged"
        in capsys.readouterr().err
    )
    push_stars(folder, "--merged")
    assert "model.safetensors" in hub.files("owner/stars")


def test_a_full_disk_while_merging_is_one_line(hub, adapter, monkeypatch, capsys):
    def save_pretrained(self, folder, **options):
        raise SafetensorError("Error while serializing: No space left on device")

    monkeypatch.setattr("transformers.BertForSequenceClassification.save_pretrained", save_pretrained)
    push_stars(adapter, "--merged", status=2)
    assert re.search(r"could not be written to .*: .*No space left.* TMPDIR", capsys.readouterr().err)
    assert ("model", "owner/stars") not in hub.repos


def test_another_role_s_folder_is_refused(tmp_path, capsys):
    folder = tiny_causal(tmp_path / "generator")
    (folder / "revdemo.json").write_text('{"role": "generator"}')
    push_stars(folder, "--dry-run", status=2)
    assert "holds the generator model: publish it with --role generator" in capsys.readouterr().err


# --- what can go wrong with a model of the Hub --------------------------------------------------------------

BAD = {
    "missing": "The model owner/x does not exist, or is private. Check its name. Sign in with",
    "private": "The model owner/x does not exist, or is private",
    "gated": "The model owner/x is gated: ask for access on",
    "revision": "The model owner/x has no revision v9. Its page lists",
    "pickle": "owner/x cannot be used as a model: there is no *.safetensors in it. Pickled weights",
    "corrupt": "The stars model at owner/x could not be loaded",
    "labels": "has 3 labels, and revdemo needs 5",
    "order": "are 5 stars, 4 stars, 3 stars, 2 stars, 1 star, and revdemo needs 1 to 5 stars in this order",
    "architecture": "lacks 1 of the weights that LlamaForSequenceClassification needs, such as score.weight",
    "role": "is a generator, and cannot be the stars model. Name a sequence classifier",
    "cut": "owner/x is not in the cache and could not be fetched from the Hub: the connection to",
    "full": "The model owner/x: the disk is full. Make room at",
    "bad token": "The Hub does not know the token",
    "failing": "The Hub failed with status 503",
}


def put(hub, tmp_path, monkeypatch, what):
    """A model owner/x with that fault; returns how it is named."""
    folder = tiny_encoder(tmp_path / "x", labels=3 if what == "labels" else 5)
    if what in ("architecture", "role"):
        folder = tiny_causal(tmp_path / "y")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    if what == "role":
        files["revdemo.json"] = b'{"role": "generator"}'
    if what == "pickle":
        files = {"config.json": files["config.json"], "pytorch_model.bin": b"\x80\x02."}
    if what == "corrupt":
        files["model.safetensors"] = files["model.safetensors"][:100]
    if what == "order":
        names = {str(i): f"{5 - i} star{'s' if i < 4 else ''}" for i in range(5)}
        files["config.json"] = json.dumps(json.loads(files["config.json"]) | {"id2label": names}).encode()
    if what != "missing":
        hub.add("owner/x", files, private=what == "private", gated=what == "gated")
    if what in ("missing", "private", "gated"):
        monkeypatch.delenv("HF_TOKEN")
    if what == "bad token":
        monkeypatch.setenv("HF_TOKEN", "hf_loopbackTokenThatWasRevoked")
    if what == "full":
        monkeypatch.setattr("huggingface_hub.file_download._chmod_and_move", raise_full)
    if what in ("cut", "failing"):
        hub.faults["/api/models/owner/x"] = "cut" if what == "cut" else 503
    return "owner/x@v9" if what == "revision" else "owner/x"


@pytest.mark.parametrize("what", BAD)
def test_a_model_of_the_hub_that_cannot_be_used_is_one_clear_line(hub, tmp_path, settings, monkeypatch, what):
    named = put(hub, tmp_path, monkeypatch, what)
    with pytest.raises(RevdemoError) as error:
        load(settings, named)
    assert BAD[what] in str(error.value)
    assert "\n" not in str(error.value)
    assert TOKEN not in str(error.value)


def test_labels_that_say_nothing_of_stars_carry_a_warning(hub, tmp_path, settings):
    folder = tiny_encoder(tmp_path / "x")
    config = json.loads((folder / "config.json").read_text())
    names = dict(enumerate(["joy", "fear", "anger", "love", "none"]))
    (folder / "config.json").write_text(json.dumps(config | {"id2label": names}))
    found = load(settings, str(folder)).source.warning
    assert "are joy, fear, anger, love, none; they are taken for 1 to 5 stars, in this order" in found


def test_a_pinned_revision_stays_what_it_was(hub, adapter, settings):
    push_stars(adapter)
    first = hub.repos["model", "owner/stars"].commits[-1][0]
    before = load(settings, f"owner/stars@{first}").predict(TEXTS)
    model = AutoModelForSequenceClassification.from_pretrained(adapter.parent / "base")
    with torch.no_grad():
        model.classifier.bias.copy_(torch.tensor([9.0, 0, 0, 0, 0]))
    model.save_pretrained(adapter.parent / "other")
    weights = (adapter.parent / "other" / "model.safetensors").read_bytes()
    whole = {path.name: path.read_bytes() for path in (adapter.parent / "base").iterdir()}
    hub.add("owner/stars", whole | {"model.safetensors": weights})
    assert load(settings, f"owner/stars@{first}").predict(TEXTS) == before
    assert [own.stars for own in load(settings, "owner/stars").predict(TEXTS)] == [1, 1]


# --- the doors, as processes of their own -------------------------------------------------------------------


def test_the_command_line_publishes_and_predicts_through_hf_endpoint(hub, adapter, tmp_path):
    environment = os.environ | {
        "HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(tmp_path / "home"), "REVDEMO_QUANTIZE": "none", "REVDEMO_DEVICE": "cpu",
        "XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_DATA_HOME": str(tmp_path / "data"),
    }  # fmt: skip
    (tmp_path / "reviews.csv").write_text("text\n" + "\n".join(f'"{text}"' for text in TEXTS) + "\n")

    def process(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", *map(str, arguments)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return done.stdout

    said = process("train.publish", "models", "--role", "stars", "--from", adapter, "--to", "owner/stars")
    pinned = re.search(r"owner/stars@\w{40}", said)[0]
    out = tmp_path / "predicted.csv"
    process("revdemo", "predict", tmp_path / "reviews.csv", "--stars-model", pinned, "--out", out)
    assert list(pd.read_csv(out)["predicted"]) == [3, 3]


def test_the_command_line_s_help_names_the_three(capsys):
    with pytest.raises(SystemExit):
        publish.main(["--help"])
    assert {"models", "dataset", "space"} <= set(re.findall(r"\w+", capsys.readouterr().out))


@pytest.mark.parametrize("page", ["README.md", "docs/publishing.md"])
def test_the_documented_commands_are_ones_that_parse(page):
    text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(r"(?m)^python -m train\.publish (.*)$", text)
    assert found
    for command in found:
        assert publish._parser().parse_args(shlex.split(command, comments=True)).to.startswith("OWNER/")
