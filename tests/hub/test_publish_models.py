"""Publishing models, and loading what was published, over real HTTP from a Hub on loopback."""

import json
import os
import re
import shlex
import subprocess
import sys

import pandas as pd
import pytest
from huggingface_hub import ModelCard

from revdemo.evaluation.results import CONTRACTS, AdaptedFile, Measured, read_file
from revdemo.files import ROOT, read_json
from revdemo.hub import model_card
from revdemo.hub.markdown import number, percent
from revdemo.intervals import Rate
from revdemo.models.weights import bases, registry
from tests.support.hub_server import TOKEN
from tests.support.publishing import TEXTS, load, push_stars, run
from tests.support.tiny import tiny_causal, tiny_encoder
from train import publish
from train.publishing import model_repos

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
    monkeypatch.setattr(model_repos, "_example", lambda *_: None)
    run("models", "--to", "owner/revdemo", "--dry-run")
    run("models", "--to", "owner/revdemo")
    names = {name for _, name in hub.repos}
    assert names == {f"owner/revdemo-{role}" for role in model_repos.ROLES}
    for role in model_repos.ROLES:
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


def facts_of(role: str, **changes) -> model_card.ModelFacts:
    """The facts of a model of the project itself, as it is published."""
    folder = ROOT / "assets" / "models" / role
    revision = registry.revision_of(folder)
    reports = {
        path.stem: read_file(path, CONTRACTS[path.name])
        for path in (ROOT / "assets" / "metrics").glob("*.json")
    }
    facts = {
        "name": f"owner/{role}",
        "role": role,
        "kind": "starter",
        "revision": revision,
        "merged": False,
        "config": registry.read_config(folder),
        "training": read_json(folder / "training.json"),
        "reports": model_card.measured(role, revision, reports),
        "example": ("4 stars", "A text | with a bar.", "Said in a test."),
        "license": "apache-2.0",
    }
    return model_card.ModelFacts(**facts | changes)


def figures_of(role: str, reports: dict) -> list[str]:
    """What the tables of a card must say, from the files themselves."""
    own = reports[role]
    if role == "generator":
        changes = own.perplexity, own.bits_per_byte
        return [number(rate) for change in changes for rate in (change.before, change.after)]
    if role == "polarity":
        return [percent(domain.accuracy) for domain in own.domains.values()]
    sides = own, own.baseline
    return [percent(getattr(side, kind).accuracy) for side in sides for kind in ("exact", "near")] + [
        number(side.mae) for side in sides
    ]


@pytest.mark.parametrize("role", model_repos.ROLES)
@pytest.mark.parametrize("merged", [False, True])
def test_a_model_card_says_what_was_measured(role, merged):
    facts = facts_of(role, merged=merged)
    text = model_card.card(facts)
    card = ModelCard(text)
    assert role in facts.reports, "the metrics are of other weights"
    for result in card.data.eval_results:
        value = value_of(facts.reports[role], result.metric_type, result.metric_name)
        assert result.metric_value == value.value
        assert f"95% interval {value.low} to {value.high}" in result.metric_name
        assert result.dataset_revision == facts.reports[role].data
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
    assert card.data.base_model == bases.BASES[facts.config["base"]].hub
    assert ("synthetic" in card.data.tags) == (role == "generator")


def value_of(report: Measured, metric: str, name: str) -> Rate:
    """The figure of a file of assets/metrics that an entry of the model index is about."""
    if name.startswith(("exact", "near")):
        return getattr(getattr(report, name.split()[0]), metric)
    found = getattr(report, metric)
    return getattr(found, "after", found)


def test_the_three_lines_of_a_card_are_code_that_runs(hub, adapter, settings, monkeypatch):
    push_stars(adapter)
    code = re.search(r"```python\n(.*?)```", hub.files("owner/stars")["README.md"].decode(), re.DOTALL)[1]
    assert len(code.strip().splitlines()) == 3
    monkeypatch.setenv("REVDEMO_DEVICE", "cpu")
    exec(code, {})


def test_figures_of_other_weights_are_not_told():
    own = facts_of("stars")
    assert model_card.measured("stars", "0" * 64, own.reports) == {}
    text = model_card.card(facts_of("stars", reports={}))
    assert "These weights were not measured" in text
    assert not ModelCard(text).data.eval_results
    assert percent(own.reports["stars"].exact.accuracy) not in text


def test_the_card_of_an_adapted_model_tells_what_adapting_brought():
    report = read_file(ROOT / "assets/metrics/adapted/womens_clothing.json", AdaptedFile)
    revision = report.models["after"]["stars"]["revision"]
    assert model_card.measured_by_adapting("stars", "0" * 64, report) is None
    own = model_card.measured_by_adapting("stars", revision, report)
    text = model_card.card(facts_of("stars", revision=revision, reports={}, adapted=own))
    after = report.stars.after.exact.accuracy.value
    assert f"| {after:.3f} (" in text and "were not measured" not in text and "bits per byte" not in text
    revision = report.models["after"]["generator"]["revision"]
    own = model_card.measured_by_adapting("generator", revision, report)
    assert own.stars is None and own.generator == report.generator and own.generated == report.generated


def test_a_card_of_other_reviews_claims_nothing_about_them():
    made = facts_of("stars").training
    alone = made | {"recipe": made["recipe"] | {"start": None}, "mean_of": None}
    mine = facts_of("stars", kind="named", license="unknown", training=alone)
    assert "Its publisher does not say which reviews" in model_card.card(mine)
    assert "IMDb" not in model_card.card(mine).partition("## Training data")[2]
    said = model_card.card(facts_of("stars", kind="named", training_data="Ours, CC-BY.", training=alone))
    further = mine.training | {"recipe": {"start": "assets/models/stars"}, "mean_of": None}
    begun = model_card.card(facts_of("stars", kind="named", training=further)).partition("## Training data")[
        2
    ]
    assert "started from the project's stars model" in begun and "IMDb" in begun
    assert "Ours, CC-BY." in said and model_card.UNSAID not in said


def test_paths_of_this_machine_do_not_leave_it(hub, adapter):
    push_stars(adapter)
    files = hub.files("owner/stars")
    assert b"train.stars --data rows" in files["training.json"]
    assert not [name for name, content in files.items() if b"/home/me" in content]


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


@pytest.mark.parametrize("page", ["docs/publishing.md"])
def test_the_documented_commands_are_ones_that_parse(page):
    text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(r"(?m)^python -m train\.publish (.*)$", text)
    assert found
    for command in found:
        assert publish._parser().parse_args(shlex.split(command, comments=True)).to.startswith("OWNER/")
