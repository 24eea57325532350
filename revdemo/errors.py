"""The one line between what a user is told and what is a bug, and the words it is told in.

A message is an English template with named fields, which is its id in the catalogues of `revdemo.ui.locale`,
and the values of those fields. They stay apart until somebody reads them, so that each reader gets the
sentence, and every phrase and number in it, in their own language; `str` is the English.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Number
from typing import Any

NO_MEMORY = (  # how the system, torch and CUDA say it, in lower case
    "cannot allocate memory",
    "can't allocate memory",
    "failed to map segment",
    "out of memory",
    "not enough memory",
    "bad_alloc",
)


class Phrase(str):
    """English words that a reader may see in another language: a template filled in, which both are kept.

    Args:
        message_id: the English, with fields such as `{name}` or `{rows:,}`. Without values it is taken as it
            stands, braces included.
        context: tells two phrases apart that are alike in English and not in another language.
        values: text, numbers, phrases or errors, which are translated too, and lists of these, which are read
            with commas. Anything else is kept as its text, so that a phrase can cross a process.
    """

    message_id: str
    context: str | None
    values: dict[str, Any]

    def __new__(cls, message_id: str, /, *, context: str | None = None, **values: object) -> Phrase:
        kept = {name: _kept(value) for name, value in values.items()}
        phrase = super().__new__(cls, message_id.format(**_read(kept)) if kept else message_id)
        phrase.message_id, phrase.context, phrase.values = message_id, context, kept
        return phrase

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.message_id,), {"context": self.context, **self.values}

    def __repr__(self) -> str:
        return f"Phrase({str(self)!r})"

    def fill(self, **values: object) -> Phrase:
        """The same template with these values."""
        return Phrase(self.message_id, context=self.context, **values)

    def as_dict(self) -> dict[str, Any]:
        """The phrase as JSON can hold it."""
        values = {name: _packed(value) for name, value in self.values.items()}
        return {"id": self.message_id, "context": self.context, "values": values}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Phrase:
        """What `as_dict` gave."""
        values = {name: _unpacked(value) for name, value in found["values"].items()}
        return cls(found["id"], context=found["context"], **values)


class RevdemoError(Exception):
    """A mistake or a limit the user can act on: its message is written for the user and shown to the user.

    The arguments are those of `Phrase`, but for the context.
    """

    def __init__(self, message_id: str, /, **values: Any):
        super().__init__(message_id)
        self.phrase = Phrase(message_id, **values)

    @classmethod
    def of(cls, phrase: Phrase) -> RevdemoError:
        """The error that says a phrase."""
        error = cls(phrase.message_id, **phrase.values)
        error.phrase = phrase
        return error

    def __str__(self) -> str:
        return str(self.phrase)

    @property
    def message_id(self) -> str:
        """The English template, its fields not filled in."""
        return self.phrase.message_id

    @property
    def values(self) -> dict[str, Any]:
        """What its fields are filled in with."""
        return self.phrase.values


def lack_of_memory(error: BaseException | None) -> RevdemoError | None:
    """What to say of an error that means too little memory, whatever the library that ran out calls it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        said = str(error).lower()
        if isinstance(error, MemoryError) or any(sign in said for sign in NO_MEMORY):
            return RevdemoError(
                "There is not enough memory: revdemo needs about 2 GB for its models, more for "
                "larger ones. Close other programs, or use a machine with more."
            )
        error = error.__cause__ or error.__context__
    return None


def _kept(value: object) -> object:
    """A value as a phrase keeps it."""
    if isinstance(value, RevdemoError):
        return value.phrase
    if value is None or isinstance(value, str | Number):
        return value
    return [_kept(part) for part in value] if isinstance(value, list) else str(value)


def _read(values: Mapping[str, object]) -> dict[str, object]:
    """The values as English reads them."""
    return {name: ", ".join(map(str, own)) if isinstance(own, list) else own for name, own in values.items()}


def _packed(value: object) -> object:
    if isinstance(value, list):
        return [_packed(part) for part in value]
    return value.as_dict() if isinstance(value, Phrase) else value


def _unpacked(value: object) -> object:
    if isinstance(value, list):
        return [_unpacked(part) for part in value]
    return Phrase.from_dict(value) if isinstance(value, Mapping) else value
