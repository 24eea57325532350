"""What can go wrong with a push, and with a model of the Hub: each in one clear line."""

import json
import logging
import re

import pytest
import torch
from huggingface_hub import constants
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification

from revdemo.errors import RevdemoError
from revdemo.hub import push as hub_client
from tests.support.hub_fixtures import bad_model
from tests.support.hub_server import READER, TOKEN
from tests.support.publishing import TEXTS, load, push_stars, raise_full
from tests.support.tiny import add_adapter, tiny_causal, tiny_encoder
from train.publishing import model_repos

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


PUSHES = [
    ("no token", "There is no token to push with. Sign in with `hf auth login`"),
    ("bad token", "does not recognise the token"),
    ("reader", "may not write to owner/stars"),
    ("reader of a repository", "The Hub said: You have no right to write here"),
    ("public", "already exists and is public"),
    ("offline", "switched off by HF_HUB_OFFLINE"),
    ("full", "the disk is full. Make room at /tmp/some"),
    ("cut", "failed or was cut"),
    (412, "was changed by somebody else in the meantime"),
    (429, "asks for a pause"),
    (503, "The Hub failed with status 503"),
]


@pytest.mark.parametrize("what, said", PUSHES, ids=[str(what) for what, _ in PUSHES])
def test_a_push_that_fails_is_one_line_without_the_token(
    hub, adapter, monkeypatch, capsys, caplog, what, said
):
    monkeypatch.setattr(model_repos, "_example", lambda *_: None)
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
    assert "is not a valid repository name; use OWNER/NAME" in capsys.readouterr().err


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
    "bad token": "The Hub does not recognise the token",
    "failing": "The Hub failed with status 503",
}


@pytest.mark.parametrize("what", BAD)
def test_a_model_of_the_hub_that_cannot_be_used_is_one_clear_line(hub, tmp_path, settings, monkeypatch, what):
    named = bad_model(what, hub, tmp_path, monkeypatch)
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
    assert "are joy, fear, anger, love, none; they are taken as 1 to 5 stars, in this order" in found


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
