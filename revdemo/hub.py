"""The Hugging Face Hub: what went wrong there in words a user can act on, and one commit that changes no more
than differs."""

from __future__ import annotations

import errno
import hashlib
import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from revdemo.errors import RevdemoError

NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*")
SIGN_IN = "Sign in with `hf auth login`, or put a token into HF_TOKEN"
AGAIN = "Run the same command again"
FULL = {errno.ENOSPC, errno.EDQUOT}
FULL_SAID = "No space left on device"  # where only the text of an error says it
CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}

Content = Path | bytes


@dataclass(frozen=True)
class Door:
    """What users are told to do about an error, by the door they came through."""

    sign_in: str = SIGN_IN
    again: str = AGAIN
    private: str = "--private"  # how they asked for a private repository
    limit: str = ""  # of what they may write to, where it is another one than a token's


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
        if NAME.fullmatch(name):
            return
        why = "it is made of letters, digits, '-', '_' and '.'"
    except HFValidationError as error:
        why = brief(error)
    raise RevdemoError(f"{name!r} is no name for a repository, which is OWNER/NAME: {why}")


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
    door: Door = Door(),
) -> Pushed:
    """Bring a repository of the Hub to hold these files, in one commit, or in none where it already does.

    kind: "model", "dataset" or "space". The repository is made if there is none. Files that match a glob of
    `replaces` and are not among `files` are removed; others are left. A push that was cut goes on when it is
    made again: files that were sent are not sent again, and nothing is seen before the commit.

    Raises:
        RevdemoError: the name, the token, its rights, the connection or the visibility are not right.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token

    check_name(name)
    token = token or get_token()
    if not token:
        raise RevdemoError(
            f"There is no token to push with. {SIGN_IN}; it needs the right to write: "
            f"{_page('settings/tokens')}"
        )
    api = HfApi(token=token)
    try:
        api.create_repo(name, repo_type=kind, private=private or None, exist_ok=True, space_sdk=_sdk(kind))
        info = api.repo_info(name, repo_type=kind)
        if private and not info.private:
            raise RevdemoError(
                f"{name} is there already and is public, so {door.private} cannot be kept. Make it private "
                "in its settings, or name another repository."
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
            operations = [CommitOperationAdd(path, files[path]) for path in changed]
            operations += [CommitOperationDelete(path, is_folder=False) for path in removed]
            revision = api.create_commit(
                name, operations, commit_message=message, repo_type=kind, parent_commit=info.sha
            ).oid
    except RevdemoError:
        raise
    except Exception as error:  # the library raises a dozen kinds, some wrapped; a bug is raised as it is
        said = explain(error, name, kind, writing=True, token=token, door=door)
        raise (said or error) from error
    return Pushed(name, revision, _page(name, kind), tuple(changed), tuple(removed))


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


def _is_there(content: Content, there) -> bool:
    """Whether the Hub has this content: by the checksum of a large file, by git's of a small one."""
    if there is None or there.size != size(content):
        return False
    if there.lfs:
        return _digest(content, hashlib.sha256()) == there.lfs.sha256
    return _digest(content, hashlib.sha1(b"blob %d\0" % size(content))) == there.blob_id


def _digest(content: Content, digest) -> str:
    if isinstance(content, bytes):
        digest.update(content)
        return digest.hexdigest()
    with content.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


# --- explaining ---------------------------------------------------------------------------------------------


def explain(
    error: BaseException,
    name: str,
    kind: str = "model",
    revision: str | None = None,
    *,
    writing: bool = False,
    token: str | None = None,
    door: Door = Door(),
) -> RevdemoError | None:
    """What the user can do about an error of the Hub, its library or the disk; None for any other."""
    what = f"The {kind} {name}" + (f" at revision {revision}" if revision else "")
    for one in _chain(error):
        said = _of_the_hub(one, name, kind, what, revision, writing, door)
        said = said or _of_the_way(one, what, writing, door)
        if said:
            return RevdemoError(without(said, token))
    return None


def brief(error: BaseException) -> str:
    """The first line of an error that may be a page long, or have none."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def without(text: str, token: str | None) -> str:
    """The text without the token, should a library have put it there."""
    return text.replace(token, "(the token)") if token else text


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what caused it, the outermost first: the library wraps some of its own."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _of_the_hub(
    error: BaseException, name: str, kind: str, what: str, revision: str | None, writing: bool, door: Door
) -> str | None:
    """What an answer of the Hub means."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return (
            f"{what} is gated: ask for access on {_page(name, kind)}. {SIGN_IN}, of the account that has it."
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return (
            f"The {kind} {name} has no revision {revision or 'main'}. Its page lists its branches, tags and "
            f"commits: {_page(name, kind)}"
        )
    if isinstance(error, errors.DisabledRepoError):
        return f"{what} was disabled by the Hub; its page says why: {_page(name, kind)}"
    if isinstance(error, errors.RepositoryNotFoundError) and not writing:
        return f"{what} does not exist, or is private. Check its name. {SIGN_IN}, if it is private."
    if not isinstance(error, errors.HfHubHTTPError) or error.response is None:
        return None
    return _of_a_status(error, name, what, writing, door)


def _of_a_status(error, name: str, what: str, writing: bool, door: Door) -> str | None:
    status, said = error.response.status_code, (error.server_message or "").strip()
    said = f" ({brief(Exception(said))})" if said else ""
    if status == 401:
        return (
            f"The Hub does not know the token: it is mistyped, revoked or has expired{said}. {door.sign_in}."
        )
    if status in (402, 403) or (writing and status == 404):
        right = "write to" if writing else "read"
        rights = (
            f"It must be of the owner, or of a member of that organisation, and have the right to "
            f"{right.split()[0]}: {_page('settings/tokens')}"
        )
        return f"The token may not {right} {name}{said}. {(writing and door.limit) or rights}"
    if status in (409, 412):
        return f"{what} was changed by somebody else meanwhile{said}. {door.again}."
    if status == 400:
        return f"The Hub refused what was sent for {name}{said}."
    if status == 429:
        return f"The Hub asks for a pause: too many requests{said}. {door.again} later."
    if status >= 500:
        return f"The Hub failed with status {status}{said}. {door.again} later."
    return None


def _of_the_way(error: BaseException, what: str, writing: bool, door: Door) -> str | None:
    """What the network or the disk means by an error."""
    from huggingface_hub import constants
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(error, OfflineModeIsEnabled):
        why = "the Hub is switched off by HF_HUB_OFFLINE. Unset it to use the Hub."
        return f"Nothing was pushed: {why}" if writing else f"{_unfetched(what)}: {why}"
    if isinstance(error, (_transport_error(), ConnectionError, TimeoutError)):
        why = f"the connection to {constants.ENDPOINT} failed or was cut ({type(error).__name__})."
        again = f"Check the network. {door.again}: what was sent is not sent twice."
        if writing:
            return f"Nothing was pushed: {why} {again}"
        return f"{_unfetched(what)}: {why} {again.replace('sent', 'fetched')}"
    if getattr(error, "errno", None) in FULL or FULL_SAID in str(error):
        return f"{what}: the disk is full. Make room {_beside(error)}, or name another folder with HF_HOME."
    if isinstance(error, OSError) and error.errno in CLOSED:
        return (
            f"{what}: {error.filename or constants.HF_HUB_CACHE} may not be read or written. Allow it, or "
            "name another folder with HF_HOME."
        )
    return None


def _transport_error() -> type[Exception]:
    """What the HTTP client raises for a connection that fails; the library changed its client in 2.0."""
    from huggingface_hub import errors

    return importlib.import_module(errors.HTTPError.__module__.partition(".")[0]).TransportError


def _unfetched(what: str) -> str:
    return f"{what} is not in the cache and could not be fetched from the Hub"


def _beside(error: BaseException) -> str:
    from huggingface_hub import constants

    file = getattr(error, "filename", None)
    return f"at {Path(file).parent if file else constants.HF_HUB_CACHE}"


def _page(name: str, kind: str = "model") -> str:
    from huggingface_hub import constants

    return f"{constants.ENDPOINT}/{'' if kind == 'model' else f'{kind}s/'}{name}"
