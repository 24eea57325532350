"""What the files of results have in common."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from revdemo.intervals import Rate

Five = Field(min_length=5, max_length=5)
Two = Field(min_length=2, max_length=2)
Counts = Annotated[list[NonNegativeInt], Five]
StarMatrix = Annotated[list[Counts], Five]  # a 5x5 confusion matrix, row = true or requested
PolarityMatrix = Annotated[list[Annotated[list[NonNegativeInt], Two]], Two]


class Part(BaseModel):
    """A part of a file; numbers are numbers, never NaN."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, protected_namespaces=())


class Measured(Part):
    """How a file of results came to be."""

    n: int | None = None
    part: str = ""
    seed: int | None = None
    data: str = ""
    command: str = ""
    device: str = ""
    minutes: float | None = None
    model: Any = None

    def is_of(self, role: str, revision: str) -> bool:
        """Whether this was measured of a role at a revision."""
        return is_of(self.model, role, revision)


class Scores(Part):
    """Accuracy, and the other three weighted by support."""

    accuracy: Rate
    precision: Rate | None = None
    recall: Rate | None = None
    f1: Rate | None = None


class Difference(Part):
    """One model minus another on the same rows."""

    exact: Scores
    near: Scores
    mae: Rate


class Rows(Part):
    """How many reviews a model learned from."""

    n: int


class StarReport(Difference):
    """Predicted stars against true or requested ones."""

    n: int
    qwk: Rate | None = None
    ece: Rate | None = None
    confusion: StarMatrix
    name: str = ""
    training_rows: Rows | None = None


class Chance(Part):
    """What no reading at all gives."""

    exact: float
    near: float


class Change(Part):
    """Before and after training."""

    before: Rate
    after: Rate


class PolarityReport(Scores):
    """Positive and negative reviews of one domain."""

    n: int | None = None
    confusion: PolarityMatrix | None = None


def is_of(model: object, role: str, revision: str) -> bool:
    """Whether what a file of results says of its `model` is this role at this revision.

    A file names one model, {"role": ..., "revision": ...}, or several of them by what they did in it.
    """
    if not isinstance(model, Mapping):
        return False
    own = model.get(role, model)
    return isinstance(own, Mapping) and own.get("role") == role and own.get("revision") == revision
