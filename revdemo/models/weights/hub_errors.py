"""What went wrong on the Hugging Face Hub or on the way there, in words that a user can act on."""

from __future__ import annotations

import errno
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from revdemo.errors import Phrase, RevdemoError

SIGN_IN = Phrase("Sign in with `hf auth login`, or put a token into HF_TOKEN")
AGAIN = Phrase("Run the same command again")
FULL = {errno.ENOSPC, errno.EDQUOT}
FULL_SAID = "No space left on device"  # where only the text of an error says it
CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


@dataclass(frozen=True)
class Door:
    """What users are told to do about an error, by the door they came through."""

    sign_in: Phrase = SIGN_IN
    again: Phrase = AGAIN
    private: str = "--private"  # how they asked for a private repository
    limit: Phrase | None = None  # of what they may write to, where it is another one than a token's


COMMAND = Door()


def explain(
    error: BaseException,
    name: str,
    kind: str = "model",
    revision: str | None = None,
    *,
    writing: bool = False,
    token: str | None = None,
    door: Door = COMMAND,
) -> RevdemoError | None:
    """What the user can do about an error of the Hub, its library or the disk; None for any other."""
    what = named(name, kind, revision)
    for one in _chain(error):
        said = _of_the_hub(one, name, kind, what, revision, writing, door)
        said = said or _of_the_network(one, what, writing, door) or _of_the_disk(one, what)
        if said:
            return RevdemoError.of(_masked(said, token))
    return None


def brief(error: BaseException) -> str:
    """The first line of an error that may be a page long, or have none."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def without(text: str, token: str | None) -> str:
    """The text without the token, should a library have put it there."""
    return text.replace(token, "(the token)") if token else text


def named(name: str, kind: str, revision: str | None = None) -> Phrase:
    """A repository of the Hub in words."""
    if revision:
        return Phrase("{repository} at revision {revision}", repository=named(name, kind), revision=revision)
    return {
        "model": Phrase("The model {name}", name=name),
        "dataset": Phrase("The dataset {name}", name=name),
        "space": Phrase("The Space {name}", name=name),
    }[kind]


def _masked(phrase: Phrase, token: str | None) -> Phrase:
    """The phrase without the token in any of its values."""

    def masked(value: object) -> object:
        if isinstance(value, Phrase):
            return _masked(value, token)
        return without(value, token) if isinstance(value, str) else value

    return phrase.fill(**{name: masked(value) for name, value in phrase.values.items()})


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what caused it, the outermost first: the library wraps some of its own."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _of_the_hub(
    error: BaseException, name: str, kind: str, what: Phrase, revision: str | None, writing: bool, door: Door
) -> Phrase | None:
    """What an answer of the Hub means."""
    from huggingface_hub import errors

    page = page_of(name, kind)
    if isinstance(error, errors.GatedRepoError):
        return Phrase(
            ("{repository} is gated: ask for access on {page}. {sign_in}, from the account that has it."),
            repository=what,
            page=page,
            sign_in=SIGN_IN,
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return Phrase(
            "{repository} has no revision {revision}. Its page lists its branches, tags and commits: {page}",
            repository=named(name, kind),
            revision=revision or "main",
            page=page,
        )
    if isinstance(error, errors.DisabledRepoError):
        return Phrase(
            "{repository} was disabled by the Hub; its page says why: {page}", repository=what, page=page
        )
    if isinstance(error, errors.RepositoryNotFoundError) and not writing:
        return Phrase(
            "{repository} does not exist, or is private. Check its name. {sign_in}, if it is private.",
            repository=what,
            sign_in=SIGN_IN,
        )
    if not isinstance(error, errors.HfHubHTTPError) or error.response is None:
        return None
    told = _of_a_status(error.response.status_code, name, what, writing, door)
    said = (error.server_message or "").strip()
    if told and said:
        return Phrase("{told} The Hub said: {said}", told=told, said=brief(Exception(said)))
    return told


def _of_a_status(status: int, name: str, what: Phrase, writing: bool, door: Door) -> Phrase | None:
    if status == 401:
        return Phrase(
            "The Hub does not recognise the token: it is mistyped, revoked or expired. {sign_in}.",
            sign_in=door.sign_in,
        )
    if status in (402, 403) or (writing and status == 404):
        page = page_of("settings/tokens")
        if not writing:
            return Phrase(
                "The token may not read {name}. It must belong to the owner, or to a member of "
                "that organisation, and have read access: {page}",
                name=name,
                page=page,
            )
        rights = door.limit or Phrase(
            "It must belong to the owner, or to a member of that organisation, and have write access: {page}",
            page=page,
        )
        return Phrase("The token may not write to {name}. {rights}", name=name, rights=rights)
    if status in (409, 412):
        return Phrase(
            "{repository} was changed by somebody else in the meantime. {again}.",
            repository=what,
            again=door.again,
        )
    if status == 400:
        return Phrase("The Hub refused what was sent for {name}.", name=name)
    if status == 429:
        return Phrase("The Hub asks for a pause: too many requests. {again} later.", again=door.again)
    if status >= 500:
        return Phrase("The Hub failed with status {status}. {again} later.", status=status, again=door.again)
    return None


def _of_the_network(error: BaseException, what: Phrase, writing: bool, door: Door) -> Phrase | None:
    """What it means that the Hub was not reached."""
    from huggingface_hub import constants
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(error, OfflineModeIsEnabled):
        if writing:
            return Phrase(
                "Nothing was pushed: the Hub is switched off by HF_HUB_OFFLINE. Unset it to use the Hub."
            )
        return Phrase(
            "{repository} is not in the cache and could not be fetched from the Hub: the Hub is switched off "
            "by HF_HUB_OFFLINE. Unset it to use the Hub.",
            repository=what,
        )
    if isinstance(error, (_transport_error(), ConnectionError, TimeoutError)):
        about = {"endpoint": constants.ENDPOINT, "error": type(error).__name__, "again": door.again}
        if writing:
            return Phrase(
                "Nothing was pushed: the connection to {endpoint} failed or was cut ({error}). Check the "
                "network. {again}: what was sent is not sent twice.",
                **about,
            )
        return Phrase(
            "{repository} is not in the cache and could not be fetched from the Hub: the connection to "
            "{endpoint} failed or was cut ({error}). Check the network. {again}: what was fetched is not "
            "fetched twice.",
            repository=what,
            **about,
        )
    return None


def _of_the_disk(error: BaseException, what: Phrase) -> Phrase | None:
    """What it means that a file could not be read or written."""
    from huggingface_hub import constants

    if getattr(error, "errno", None) in FULL or FULL_SAID in str(error):
        return Phrase(
            "{repository}: the disk is full. Make room at {folder}, or name another folder with HF_HOME.",
            repository=what,
            folder=_beside(error),
        )
    if isinstance(error, OSError) and error.errno in CLOSED:
        return Phrase(
            (
                "{repository}: no permission to read or write {file}. Grant it, or name another "
                "folder with HF_HOME."
            ),
            repository=what,
            file=error.filename or constants.HF_HUB_CACHE,
        )
    return None


def _transport_error() -> type[Exception]:
    """What the HTTP client raises for a connection that fails; the library changed its client in 2.0."""
    from huggingface_hub import errors

    return importlib.import_module(errors.HTTPError.__module__.partition(".")[0]).TransportError


def _beside(error: BaseException) -> str:
    from huggingface_hub import constants

    file = getattr(error, "filename", None)
    return str(Path(file).parent if file else constants.HF_HUB_CACHE)


def page_of(name: str, kind: str = "model") -> str:
    from huggingface_hub import constants

    return f"{constants.ENDPOINT}/{'' if kind == 'model' else f'{kind}s/'}{name}"
