"""Which measured results are of which weights."""

from collections.abc import Mapping


def is_of(model: object, role: str, revision: str) -> bool:
    """Whether what a file of results says of its `model` is this role at this revision.

    A file names one model, {"role": ..., "revision": ...}, or several of them by what they did in it.
    """
    if not isinstance(model, Mapping):
        return False
    own = model.get(role, model)
    return isinstance(own, Mapping) and own.get("role") == role and own.get("revision") == revision
