"""Publishing runs, balanced tables and the app, over real HTTP to a Hub on loopback."""

from contextlib import closing

import pandas as pd
import pytest
from huggingface_hub import DatasetCard

from revdemo.balancing.plan import Balanced, Held
from revdemo.errors import RevdemoError
from revdemo.files import ROOT
from revdemo.generation.ledger import Ledger
from revdemo.generation.request import Request, Review
from tests.support.publishing import run
from train.publishing import space

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
    "ended, accepted, said", [(None, True, "still in progress"), ("rounds", False, "accepted no")]
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
    from revdemo.balancing import dataset, job
    from revdemo.tables import table as tables
    from tests.support.fakes import FakeGenerator
    from tests.support.fakes_balance import lopsided

    chosen = tables.open_chosen(lopsided(tmp_path / "table.csv"), "Text", "score", 5)
    request = job.BalanceRequest(chosen, level=6, seed=7)
    plan = job.plan_of(request, tables.labelled(chosen))
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
    assert {
        "revdemo/models/weights/registry.py",
        "requirements.txt",
        "assets/models/stars/revdemo.json",
    } <= files.keys()
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
        ("hf_oauth_scopes:", "scopes:", "lacks hf_oauth_scopes"),
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
