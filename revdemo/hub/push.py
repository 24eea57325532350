"""Pushing to the Hugging Face Hub: one commit that changes no more than differs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revdemo.errors import Phrase, RevdemoError
from revdemo.models.weights.hub_errors import COMMAND, SIGN_IN, Door, brief, explain, page_of

if TYPE_CHECKING:
    from huggingface_hub import HfApi

NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*")

Content = Path | bytes


@dataclass(frozen=True)
class Pushed:
    """What a push did: the commit that the repository now stands at, and the files that it changed."""

    name: str
    revision: str
    url: str
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def is_new(self) -> bool:
        """Whether a commit was made."""
        return bool(self.changed or self.removed)

    @property
    def commit(self) -> str:
        """The page of the commit."""
        return f"{self.url}/commit/{self.revision}"


# --- pushing ------------------------------------------------------------------------------------------------


def check_name(name: str) -> None:
    """Refuse, without a network, what the Hub would not take as a repository's name."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
        if NAME.fullmatch(str(name)):
            return
        why: str = Phrase("it is made of letters, digits, '-', '_' and '.'")
    except HFValidationError as error:
        why = brief(error)
    raise RevdemoError("{name!r} is not a valid repository name; use OWNER/NAME: {why}", name=name, why=why)


def size(content: Content) -> int:
    """The bytes of a file that is to be pushed."""
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def push(
    files: Mapping[str, Content],
    name: str,
    kind: str,
    message: str,
    *,
    private: bool = False,
    replaces: Sequence[str] = (),
    token: str | None = None,
    door: Door = COMMAND,
) -> Pushed:
    """Bring a repository of the Hub to hold these files, in one commit, or in none where it already does.

    kind: "model", "dataset" or "space". The repository is made if there is none. Files that match a glob of
    `replaces` and are not among `files` are removed; others are left. A push that was cut resumes when it is
    made again: files that were sent are not sent again, and nothing is seen before the commit.

    Raises:
        RevdemoError: the name, the token, its rights, the connection or the visibility are not right.
    """
    from huggingface_hub import HfApi

    check_name(name)
    token = _token(token)
    try:
        return _commit(HfApi(token=token), files, name, kind, message, private, replaces, door)
    except RevdemoError:
        raise
    except Exception as error:  # the library raises a dozen kinds, some wrapped; a bug is raised as it is
        said = explain(error, name, kind, writing=True, token=token, door=door)
        raise (said or error) from error


def _token(given: str | None) -> str:
    """The token to push with: the one given, or the one that is stored; RevdemoError without one."""
    from huggingface_hub import get_token

    if token := given or get_token():
        return token
    raise RevdemoError(
        "There is no token to push with. {sign_in}; it needs write access: {page}",
        sign_in=SIGN_IN,
        page=page_of("settings/tokens"),
    )


def _commit(
    api: HfApi,
    files: Mapping[str, Content],
    name: str,
    kind: str,
    message: str,
    private: bool,
    replaces: Sequence[str],
    door: Door,
) -> Pushed:
    """Make the repository if there is none, and commit what differs in it."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    api.create_repo(name, repo_type=kind, private=private or None, exist_ok=True, space_sdk=_sdk(kind))
    info = api.repo_info(name, repo_type=kind)
    if private and not info.private:
        raise RevdemoError(
            "{name} already exists and is public, so {private} has no effect. Make it private in "
            "its settings, or name another repository.",
            name=name,
            private=door.private,
        )
    there = {
        one.path: one
        for one in api.list_repo_tree(name, recursive=True, repo_type=kind, revision=info.sha)
        if hasattr(one, "blob_id")
    }
    changed = [path for path, content in files.items() if not _is_there(content, there.get(path))]
    removed = [path for path in there if path not in files and _is_stale(path, replaces)]
    revision = info.sha
    if changed or removed:
        added = [CommitOperationAdd(path, files[path]) for path in changed]
        deleted = [CommitOperationDelete(path, is_folder=False) for path in removed]
        revision = api.create_commit(
            name, [*added, *deleted], commit_message=message, repo_type=kind, parent_commit=info.sha
        ).oid
    return Pushed(name, revision or "", page_of(name, kind), tuple(changed), tuple(removed))


def set_variables(name: str, variables: Mapping[str, str], token: str | None = None) -> list[str]:
    """Let the environment of a Space say these; returns the names of those that it did not say yet."""
    from huggingface_hub import HfApi

    api = HfApi(token=token)
    try:
        known = {key: own.value for key, own in api.get_space_variables(name).items()}
        new = [key for key, value in variables.items() if known.get(key) != value]
        for key in new:
            api.add_space_variable(name, key, variables[key])
    except Exception as error:  # as in push
        raise (explain(error, name, "space", writing=True, token=token) or error) from error
    return new


def _sdk(kind: str) -> str | None:
    return "gradio" if kind == "space" else None


def _is_stale(path: str, replaces: Sequence[str]) -> bool:
    """Whether a glob names a file; one without a folder names those that lie in none."""
    return any(fnmatch(path, own) and ("/" in own or "/" not in path) for own in replaces)


def _is_there(content: Content, there: Any) -> bool:
    """Whether the Hub has this content: by the checksum of a large file, by git's of a small one."""
    if there is None or there.size != size(content):
        return False
    if there.lfs:
        return _digest(content, hashlib.sha256()) == there.lfs.sha256
    return _digest(content, hashlib.sha1(b"blob %d\0" % size(content))) == there.blob_id


def _digest(content: Content, digest: hashlib._Hash) -> str:
    if isinstance(content, bytes):
        digest.update(content)
        return digest.hexdigest()
    with content.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
