"""A small Hugging Face Hub on loopback: the endpoints that pushing and loading need, over real HTTP.

The package hf-local-hub has no server in its wheel, so this is the tests' own. Repositories are in memory;
large files (by suffix, as in the Hub's .gitattributes) go the LFS way. What is wrong with the next requests
is set in `faults`; `requests`, `authorizations` and `uploads` keep what was asked. `python -m tests.hub PORT`
serves by hand.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import yaml

TOKEN = "hf_loopbackTokenThatNobodyMaySee"
READER = "hf_loopbackTokenThatMayOnlyRead"
LARGE = (".safetensors", ".npz", ".parquet", ".png")


@dataclass
class Repo:
    """One repository: its commits, the newest last, each (sha, files by path)."""

    private: bool = False
    gated: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    commits: list[tuple[str, dict[str, bytes]]] = field(default_factory=list)

    def commit(self, files: dict[str, bytes]) -> str:
        """Add a commit that holds exactly these files; returns its id."""
        said = repr(
            (
                len(self.commits),
                sorted((path, hashlib.sha256(own).hexdigest()) for path, own in files.items()),
            )
        )
        sha = hashlib.sha1(said.encode()).hexdigest()
        self.commits.append((sha, dict(files)))
        return sha

    def at(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """The commit of a revision, which is main or the id of one."""
        if revision == "main":
            return self.commits[-1]
        return next((own for own in self.commits if own[0] == revision), None)


class Hub:
    """The state of the Hub; `repos` are by (kind, OWNER/NAME), with kind model, dataset or space."""

    def __init__(self):
        self.repos: dict[tuple[str, str], Repo] = {}
        self.large: dict[str, bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.authorizations: list[str] = []  # of each request
        self.uploads: list[str] = []
        self.tokens = {TOKEN: "owner", READER: "reader"}
        self.faults: dict[str, int | str] = {}  # a part of the path to a status, or "cut"
        self.url = ""

    def add(self, name: str, files: dict[str, bytes], kind: str = "model", **about) -> str:
        """A repository with one commit; returns the commit's id."""
        repo = self.repos.setdefault((kind, name), Repo(**about))
        return repo.commit(files)

    def files(self, name: str, kind: str = "model") -> dict[str, bytes]:
        """What a repository holds now."""
        return self.repos[kind, name].commits[-1][1]

    def commits(self, name: str, kind: str = "model") -> int:
        """How many commits a repository has, the one that made it among them."""
        return len(self.repos[kind, name].commits)


@contextmanager
def serve(port: int = 0):
    """The Hub, listening on a port of its own, or on this one, until the block is left."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Refused(Exception):
    """An answer that is no success: status, error code, message."""


class Handler(BaseHTTPRequestHandler):
    """One request: finds the route and answers with JSON, or with a file."""

    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Answer a GET."""
        self._handle()

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *args):
        """Keep the tests quiet."""

    def _handle(self):
        body = self._body()
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append((self.command, path))
        self.hub.authorizations.append(self.headers.get("Authorization", ""))
        fault = next((own for part, own in self.hub.faults.items() if part in f"{self.command} {path}"), None)
        if fault == "cut":
            self.close_connection = True
            self.connection.close()
            return
        try:
            if fault:
                raise Refused(fault, "", f"status {fault} was asked for")
            self._route(path, body)
        except Refused as refused:
            status, code, message = refused.args
            headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
            self._send(json.dumps({"error": message}).encode(), status, headers)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _route(self, path: str, body: bytes):
        for pattern, answer in ROUTES.items():
            method, _, rest = pattern.partition(" ")
            if self.command in method.split("|") and (found := re.fullmatch(rest, path)):
                return answer(self, body, **found.groupdict())
        raise Refused(404, "", f"this Hub has no {self.command} {path}")

    def _send(self, content: bytes, status: int = 200, headers: dict | None = None):
        self.send_response(status)
        for key, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _json(self, content):
        self._send(json.dumps(content).encode(), headers={"Content-Type": "application/json"})

    def _user(self) -> str | None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if given and given not in self.hub.tokens:
            raise Refused(401, "", "Invalid credentials in Authorization header")
        return self.hub.tokens.get(given)

    def _repo(self, kind: str | None, name: str) -> Repo:
        """The repository, where this user may see it."""
        repo, user = self.hub.repos.get(((kind or "models").rstrip("s"), name)), self._user()
        if repo is None or (repo.private and user != name.partition("/")[0]):
            raise Refused(404 if user else 401, "RepoNotFound", "Repository not found")
        return repo

    def _writable(self, kind: str, name: str) -> Repo:
        repo = self._repo(kind, name)
        if self._user() != name.partition("/")[0]:
            raise Refused(403, "", "You have no right to write here")
        return repo

    def _at(self, kind: str | None, name: str, revision: str) -> tuple[str, dict[str, bytes]]:
        found = self._repo(kind, name).at(revision)
        if found is None:
            raise Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return found

    # --- the endpoints --------------------------------------------------------------------------------------

    def create(self, body):
        """Make a repository."""
        asked, user = json.loads(body), self._user()
        name, kind = f"{asked.get('organization') or user}/{asked['name']}", asked.get("type") or "model"
        if user is None:
            raise Refused(401, "", "Invalid username or password.")
        if user != name.partition("/")[0]:
            raise Refused(403, "", f"You don't have the rights to create a {kind} under this namespace")
        url = f"{self.hub.url}/{'' if kind == 'model' else kind + 's/'}{name}"
        if (kind, name) in self.hub.repos:
            return self._send(
                json.dumps({"error": "You already created this repo", "url": url}).encode(), 409
            )
        self.hub.add(
            name,
            {".gitattributes": b"*.safetensors filter=lfs\n"},
            kind,
            private=asked.get("visibility") == "private",
        )
        return self._json({"url": url, "name": name})

    def info(self, body, kind, name, revision="main"):
        """Say what a repository is."""
        repo, (sha, files) = self._repo(kind, name), self._at(kind, name, revision or "main")
        self._json({"id": name, "sha": sha, "private": repo.private, "gated": "auto" if repo.gated else False,
                    "siblings": [{"rfilename": path} for path in files], "tags": [], "downloads": 0,
                    "likes": 0})  # fmt: skip

    def tree(self, body, kind, name, revision):
        """List a repository's files."""
        _, files = self._at(kind, name, revision)
        self._json([_entry(path, content) for path, content in files.items()])

    def validate(self, body):
        """Check a card's header, as the Hub does before a commit."""
        found = re.match(r"---\r?\n(.*?)\r?\n---", json.loads(body)["content"], re.DOTALL)
        wrong = [] if found and isinstance(yaml.safe_load(found[1]), dict) else [{"message": "no metadata"}]
        self._json({"errors": wrong, "warnings": []})

    def preupload(self, body, kind, name, revision):
        """Say how each file is to be sent."""
        self._writable(kind, name)
        _, there = self._at(kind, name, revision)
        found = []
        for path in (own["path"] for own in json.loads(body)["files"]):
            mode = "lfs" if path.endswith(LARGE) else "regular"
            oid = _oid(path, there[path]) if path in there else None
            found.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        self._json({"files": found})

    def batch(self, body, kind, name):
        """Say where each large file is to be put; one that is there already is not asked for."""
        self._writable(kind, name)
        found = []
        for own in json.loads(body)["objects"]:
            upload = {"actions": {"upload": {"href": f"{self.hub.url}/lfs/{own['oid']}"}}}
            found.append(own | ({} if own["oid"] in self.hub.large else upload))
        self._json({"transfer": "basic", "objects": found})

    def put(self, body, oid):
        """Take a large file."""
        if hashlib.sha256(body).hexdigest() != oid:
            raise Refused(400, "", "the content is not of this checksum")
        self.hub.large[oid] = body
        self.hub.uploads.append(oid)
        self._send(b"")

    def commit(self, body, kind, name, revision):
        """Commit files and deletions."""
        repo = self._writable(kind, name)
        head, files = repo.commits[-1]
        files = dict(files)
        for line in map(json.loads, body.splitlines()):
            key, value = line["key"], line["value"]
            if key == "header" and value.get("parentCommit", head) != head:
                raise Refused(412, "", "A commit has happened since. Please refresh and try again.")
            if key == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                files[value["path"]] = self.hub.large[value["oid"]]
            elif key == "deletedFile":
                del files[value["path"]]
        sha = repo.commit(files)
        self._json(
            {"commitUrl": f"{self.hub.url}/{name}/commit/{sha}", "commitOid": sha, "pullRequestUrl": None}
        )

    def resolve(self, body, kind, name, revision, path):
        """Give a file, or what it is."""
        repo, (sha, files) = self._repo(kind, name), self._at(kind, name, revision)
        if repo.gated and self._user() != name.partition("/")[0]:
            raise Refused(403 if self._user() else 401, "GatedRepo", "Access to this model is restricted")
        if path not in files:
            raise Refused(404, "EntryNotFound", "Entry not found")
        self._send(files[path], headers={"X-Repo-Commit": sha, "ETag": f'"{_oid(path, files[path])}"'})

    def variables(self, body, name):
        """Say, or take, what a Space's environment says."""
        repo = self._writable("space", name)
        if body:
            asked = json.loads(body)
            repo.variables[asked["key"]] = asked["value"]
        self._json({key: {"key": key, "value": value} for key, value in repo.variables.items()})


def _oid(path: str, content: bytes) -> str:
    if path.endswith(LARGE):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _entry(path: str, content: bytes) -> dict:
    entry = {"type": "file", "path": path, "size": len(content), "oid": _oid(path, content)}
    if path.endswith(LARGE):
        entry["lfs"] = {"oid": entry["oid"], "size": len(content), "pointerSize": 130}
        entry["oid"] = hashlib.sha1(entry["lfs"]["oid"].encode()).hexdigest()  # git's, of the pointer
    return entry


KIND, NAME, PREFIX = (
    r"/(?P<kind>models|datasets|spaces)",
    r"/(?P<name>[^/]+/[^/]+)",
    r"(?:/(?P<kind>datasets|spaces))?",
)
ROUTES = {
    "POST /api/repos/create": Handler.create,
    "POST /api/validate-yaml": Handler.validate,
    f"GET /api{KIND}{NAME}": Handler.info,
    f"GET /api{KIND}{NAME}/revision/(?P<revision>.+)": Handler.info,
    f"GET /api{KIND}{NAME}/tree/(?P<revision>[^/]+)": Handler.tree,
    f"POST /api{KIND}{NAME}/preupload/(?P<revision>.+)": Handler.preupload,
    f"POST /api{KIND}{NAME}/commit/(?P<revision>.+)": Handler.commit,
    f"GET|POST /api/spaces{NAME}/variables": Handler.variables,
    f"POST {PREFIX}{NAME}\\.git/info/lfs/objects/batch": Handler.batch,
    "PUT /lfs/(?P<oid>[0-9a-f]+)": Handler.put,
    f"GET|HEAD {PREFIX}{NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)": Handler.resolve,
}

if __name__ == "__main__":
    with serve(int(sys.argv[1])) as by_hand:
        print(f"export HF_ENDPOINT={by_hand.url} HF_TOKEN={TOKEN} HF_HUB_DISABLE_XET=1", flush=True)
        threading.Event().wait()
