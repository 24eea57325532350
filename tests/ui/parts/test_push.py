"""Pushing a run from the page: the events that a browser sends, over HTTP, to a Hub on loopback."""

import base64
import errno
import hashlib
import json
import logging
import os
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from gradio import oauth
from huggingface_hub import constants
from itsdangerous import TimestampSigner

from revdemo.generation.request import Request, Review
from revdemo.generation.runs import exports
from revdemo.hub import push as hub_client
from revdemo.ui import locale
from revdemo.ui.page import build, launch_options
from revdemo.ui.parts.push import Push
from tests.support.chromium import free_port
from tests.support.fakes_ui import services
from tests.support.hub_server import READER, TOKEN
from tests.support.publishing import run

TYPED = "hf_typedTokenThatNobodyKeeps"
REVOKED = "hf_typedTokenThatWasRevoked"
ME, OTHER = "m" * 32, "o" * 32
REPOSITORY = "owner/reviews"
SPACE = {"SPACE_ID": "owner/demo", "SYSTEM": "spaces"}


class Visitor:
    """One browser session without the browser; `seen` is all that the page was answered."""

    def __init__(self, page, owner: str = ME, cookie: str = ""):
        self.page, self.owner, self.seen = page, owner, ""
        cookies = {"session": cookie} if cookie else None
        self.client = httpx.Client(base_url=page.address, cookies=cookies, timeout=60)
        self.session = f"session{id(self)}"
        self.send("_arrive", "runs", owner)  # brings the list of runs, of which one is chosen

    def send(self, name: str, output: str, *data):
        """What an event answers: of the function `name`, with the element `output` among its outputs."""
        (index,) = (
            index
            for index, fn in self.page.demo.fns.items()
            if fn.name == name and output in [one.elem_id for one in fn.outputs]
        )
        body = {"data": data, "fn_index": index, "session_hash": self.session}
        joined = self.client.post("gradio_api/queue/join", json=body)
        if joined.is_error:  # refused before it stood in a line, of which nothing would ever be told
            return joined.json()
        answer = self.client.get("gradio_api/queue/data", params={"session_hash": self.session})
        self.seen += joined.text + answer.text
        messages = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
        (done,) = (one for one in messages if one["msg"] == "process_completed")
        return done["output"].get("data") or done["output"]

    def push(self, token: str, name=REPOSITORY, run=None, owner=None, private=True) -> str:
        """What the page says of a push with a typed token."""
        about = (owner or self.owner, run or self.page.run, name, private)
        return self.send("push", "push-said", *about, token)[0]

    def push_signed_in(self, name=REPOSITORY) -> str:
        """What the page of a Space says of a push."""
        return self.send("push_signed_in", "push-said", self.owner, self.page.run, name, True)[0]


@contextmanager
def serving(settings):
    """The page with one finished run of ME."""
    held = services(settings)
    run = write_run(held.ledger)
    demo = build(held)
    options = launch_options(held) | {"server_name": "127.0.0.1", "server_port": free_port()}
    _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True, **options)
    try:
        yield SimpleNamespace(demo=demo, address=address, run=run, ledger=held.ledger)
    finally:
        demo.close(verbose=False)


def write_run(found, ended="target") -> str:
    texts = ("A quiet film, and a kind one.", True), ("A copied text.", False)
    run = found.start(Request(stars=4, accepted=1, seed=7), ME, {})
    found.add(
        run,
        [
            Review(n, 1, text, 4, 4, 0.8, None, accepted, "" if accepted else "copy")
            for n, (text, accepted) in enumerate(texts)
        ],
    )
    if ended:
        found.finish(run, ended)
    return run


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Folders of their own for what Gradio and the standard library keep in passing."""
    for folder in ("gradio", "tmp"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))


@pytest.fixture
def page(hub, home, settings):
    hub.tokens[TYPED] = "owner"
    with serving(settings) as found:
        yield found


@pytest.fixture
def everything(caplog, monkeypatch):
    """The log at its most talkative, of libraries that keep theirs to themselves too."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(constants, "HF_DEBUG", True)
    own = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    levels = {one: one.level for one in own}
    quiet = [one for one in own if not one.propagate]
    for one in own:
        one.setLevel(logging.DEBUG)
    for one in quiet:
        one.addHandler(caplog.handler)
    yield caplog
    for one, level in levels.items():
        one.setLevel(level)
    for one in quiet:
        one.removeHandler(caplog.handler)


def test_a_run_is_pushed_once_and_links_to_its_commit(hub, page, settings):
    me = Visitor(page)
    said = me.push(TYPED)
    commit = hub.repos["dataset", REPOSITORY].commits[-1][0]
    assert f"Pushed to {REPOSITORY} in commit {commit[:8]}." in said
    assert f'href="{hub.url}/datasets/{REPOSITORY}/commit/{commit}"' in said
    assert hub.repos["dataset", REPOSITORY].private
    files = hub.files(REPOSITORY, "dataset")
    assert set(files) == {".gitattributes", "README.md", "data.parquet"}
    assert b"A quiet film" in files["data.parquet"] and b"A copied text" not in files["data.parquet"]
    again = me.push(TYPED)
    assert f"Nothing has changed in {REPOSITORY} since commit {commit[:8]}" in again and commit in again
    run("dataset", "--run", page.run, "--to", REPOSITORY, "--data-dir", settings.data_dir)
    assert hub.commits(REPOSITORY, "dataset") == 2  # the command line has nothing to add


FAILURES = {
    "no token": ("Type a token first", ""),
    "no token at all": ("That is not a token", "hf token\nof mine"),
    "bad token": ("The Hub does not recognise the token", REVOKED),
    "reader": (f"The token may not write to {REPOSITORY}", READER),
    "name": ("is not a valid repository name; use OWNER/NAME", TYPED),
    "name that holds the token": ("is not a valid repository name", TYPED),
    "running": ("This run is still in progress", TYPED),
    "public": ("so &quot;Private&quot; has no effect", TYPED),
    "cut": ("Check the network. Push again", TYPED),
    "full": ("No space left on device", TYPED),
    "failing": ("The Hub failed with status 503", TYPED),
    "bug": (locale.UNEXPECTED_ERROR, TYPED),
}


def fail(hub, page, monkeypatch, what) -> dict:
    """Let a push fail; returns what is pushed instead of the run."""
    if what == "name":
        return {"name": "reviews"}
    if what == "name that holds the token":
        return {"name": f"owner/{TYPED} and more"}
    if what == "running":
        return {"run": page.running}
    if what == "public":
        hub.add(REPOSITORY, {}, "dataset")
    if what in ("cut", "failing"):
        hub.faults["/preupload/"] = "cut" if what == "cut" else 503
    if what == "full":
        monkeypatch.setitem(exports.WRITERS, "parquet", raise_full)
    if what == "bug":
        monkeypatch.setattr(hub_client, "_is_stale", raise_bug)
        hub.add(REPOSITORY, {"old.csv": b""}, "dataset", private=True)
    return {}


def raise_full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def raise_bug(*_):
    try:
        raise KeyError(f"Bearer {TYPED}")
    except KeyError as error:
        raise ValueError(f"Authorization: Bearer {TYPED}") from error


def test_a_typed_token_is_nowhere_whatever_becomes_of_the_push(
    hub, page, everything, capfd, tmp_path, monkeypatch
):
    began = time.time()
    page.running = write_run(page.ledger, ended=None)
    me = Visitor(page)
    for what, (said, token) in FAILURES.items():
        with monkeypatch.context() as patch:
            found = me.push(token, **fail(hub, page, patch, what))
        assert said in found, what
        assert 'class="rd-message error"' in found
        hub.faults.clear()
        hub.repos.clear()
    assert "Pushed to" in me.push(TYPED)

    secrets = (TYPED, REVOKED, READER)
    for token in secrets:
        assert f"Bearer {token}" in hub.authorizations  # or the search below could find nothing
    assert f"Bearer {TOKEN}" not in hub.authorizations  # the one of this machine, in HF_TOKEN
    log = everything.text
    assert "ValueError: Authorization: Bearer (the token)" in log and "authorization: <TOKEN>" in log
    out, err = capfd.readouterr()
    shown = me.seen + me.client.get("").text + me.client.get("gradio_api/info").text
    places = {"log": log, "stdout": out, "stderr": err, "answers": shown}
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    kept += recent(constants.HF_HOME, began)
    assert {"ledger.sqlite"} <= {path.name for path in kept}
    places |= {str(path): path.read_bytes().decode("latin-1") for path in kept}
    places |= {path: own.decode("latin-1") for path, own in hub.files(REPOSITORY, "dataset").items()}
    assert not [where for where, text in places.items() for token in secrets if token in text]


def recent(folder, began):
    """The files below a folder that were written since."""
    return [own for own in Path(folder).rglob("*") if own.is_file() and own.stat().st_mtime >= began - 1]


def test_only_one_s_own_runs_are_pushed_and_only_from_the_page(hub, page):
    me = Visitor(page)
    assert "This run is not one of yours" in me.push(TYPED, owner=OTHER)
    for nobody in ("nobody", None):
        me.owner = nobody
        assert locale.PUSH_NO_RUN in me.push(TYPED)
    stranger = Visitor(page, OTHER)
    refused = stranger.send("push", "push-said", OTHER, page.run, REPOSITORY, True, TYPED)
    assert refused == {"detail": f"{locale.RUNS} does not take '{page.run}'."}
    assert (hub.requests, hub.repos) == ([], {})
    api = me.client.get("gradio_api/info").text
    assert "/predict" in api and "push" not in api.lower()


# --- on a Space ---------------------------------------------------------------------------------------------


SIGN_IN = {
    "OAUTH_CLIENT_ID": "me",
    "OAUTH_CLIENT_SECRET": "mine",
    "OAUTH_SCOPES": "openid profile contribute-repos",
    "OPENID_PROVIDER_URL": "",
}


@pytest.fixture
def space(hub, home, settings, monkeypatch):
    """The page as a Space with sign-in serves it."""
    known = SIGN_IN | {"OPENID_PROVIDER_URL": hub.url}
    for name, value in (known | SPACE).items():
        monkeypatch.setenv(name, value)
    # There Gradio waits for new code in a thread, which fails where the package spaces is missing.
    monkeypatch.setattr("gradio.http_server.watchfn_spaces", lambda reloader: None)
    for name, value in known.items():
        monkeypatch.setattr(oauth, name, value)
    hub.tokens[TYPED] = "owner"
    with serving(settings.model_copy(update={"public": True})) as found:
        yield found


def signed_in(token: str) -> str:
    """The cookie that signing in leaves in a browser."""
    info = {"access_token": token, "scope": "openid", "expires_at": int(time.time()) + 600,
            "userinfo": {"preferred_username": "owner"}}  # fmt: skip
    secret = hashlib.sha256(b"mine-v4").hexdigest()
    content = base64.b64encode(json.dumps({"oauth_info": info}).encode())
    return TimestampSigner(secret).sign(content).decode()


def test_on_a_space_the_visitor_who_signed_in_pushes(hub, space):
    assert locale.PUSH_SIGN_IN_FIRST in Visitor(space).push_signed_in()
    assert hub.requests == []
    me = Visitor(space, cookie=signed_in(TYPED))
    assert "Pushed to owner/reviews" in me.push_signed_in()
    assert set(hub.authorizations) == {f"Bearer {TYPED}", ""}  # none where a large file is put
    assert TYPED not in me.seen
    hub.add("owner/older", {}, "dataset", private=True)
    hub.faults["/preupload/"] = 403
    said = me.push_signed_in("owner/older")
    assert "may not write to owner/older" in said and locale.PUSH_LIMIT in said
    expired = Visitor(space, cookie=signed_in(REVOKED))
    assert "Sign out, and sign in again" in expired.push_signed_in()


@pytest.mark.parametrize(
    "environment, public, way",
    [
        ({}, False, "token"),
        ({}, True, None),
        ({"OAUTH_CLIENT_ID": "me"}, False, "token"),
        (SPACE, True, None),
        (SPACE, False, None),
        ({"SPACE_ID": "owner/demo", "OAUTH_CLIENT_ID": "me"}, True, None),
        (SPACE | {"OAUTH_CLIENT_ID": "me"}, True, "sign-in"),
    ],
)
def test_who_pushes_is_said_as_fits_the_place(settings, monkeypatch, environment, public, way):
    for name in ("SYSTEM", "SPACE_ID", "OAUTH_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in SIGN_IN:
        monkeypatch.setattr(oauth, name, "known")
    with gr.Blocks() as demo:
        push = Push(settings.model_copy(update={"public": public}), "push", "How.", visible=True)
    signing = [one for one in demo.blocks.values() if isinstance(one, gr.LoginButton)]
    assert (push.way, bool(signing), push.token is not None) == (way, way == "sign-in", way == "token")
    assert push.accordion.visible == (way is not None)
