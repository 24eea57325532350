"""The example that a visitor finds predicted: until the model has loaded, what the same weights said before.

They said it when the app ran last, or, at a first start, when the starter was packaged: `assets/opening.json`
is a copy of what the app wrote into its cache then.
"""

from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from revdemo.errors import RevdemoError
from revdemo.files import ASSETS, atomic
from revdemo.models.weights import registry
from revdemo.settings import Settings

FILE = "opening.json"  # in the cache and in the assets
PREDICTED = ("label", "confidence", "expected", "probabilities")


class Remembered(BaseModel):
    """A prediction of an earlier start: of which text, by which weights, and what it was."""

    text: str
    revision: str
    label: int = Field(ge=1, le=5)
    confidence: float = Field(ge=0, le=1)
    expected: float = Field(ge=1, le=5)
    probabilities: list[float] = Field(min_length=5, max_length=5)


def recall(settings: Settings, text: str) -> Remembered | None:
    """What the weights that are about to load said of a text before; None if it is not known."""
    revision = _revision(settings)
    for file in (_file(settings), ASSETS / FILE):
        with suppress(OSError, ValidationError):
            found = Remembered.model_validate_json(file.read_bytes())
            if revision is not None and (found.text, found.revision) == (text, revision):
                return found
    return None


def remember(settings: Settings, text: str, found: dict) -> None:
    """Keep a prediction for the next start; where that fails, the next start is slower and nothing else."""
    revision = _revision(settings)
    if revision is None:
        return
    kept = Remembered(text=text, revision=revision, **{name: found[name] for name in PREDICTED})
    with suppress(OSError):
        _file(settings).parent.mkdir(parents=True, exist_ok=True)
        with atomic(_file(settings)) as temporary:
            temporary.write_text(kept.model_dump_json(), encoding="utf-8")


def _file(settings: Settings) -> Path:
    return settings.cache / FILE


def _revision(settings: Settings) -> str | None:
    """Which weights will answer; None for those that a user named, which may have to be fetched first."""
    if settings.stars_model:
        return None
    try:
        return registry.find("stars", settings).revision
    except RevdemoError:
        return None
