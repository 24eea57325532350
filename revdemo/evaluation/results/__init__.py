"""What was measured, as the files below assets/ say it: their contracts, writing and reading them.

A key that is left out of a contract may be in a file; one that has no default must be. What writes a file
checks it against its contract, and everything that reads one reads it through that.
"""

import logging
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from revdemo.evaluation.results.adapted import AdaptedFile
from revdemo.evaluation.results.classifiers import (
    Balance,
    Failing,
    FailingPolarity,
    LimitsFile,
    Natural,
    PolarityFile,
    StarFile,
    WhyFile,
)
from revdemo.evaluation.results.parts import (
    Chance,
    Change,
    Difference,
    Measured,
    PolarityReport,
    Scores,
    StarMatrix,
    StarReport,
    is_of,
)
from revdemo.evaluation.results.texts import (
    DiversityFile,
    Example,
    GeneratedFile,
    GeneratorFile,
    Point,
    Texts,
)
from revdemo.evaluation.results.training import (
    Arm,
    Setting,
    Spread,
    StudyFile,
    StudyResults,
    TrainingFile,
    Use,
    UseFile,
)

__all__ = [
    "CONTRACTS", "SOURCES", "AdaptedFile", "Arm", "Balance", "Chance", "Change", "Difference",
    "DiversityFile", "Example", "Failing", "FailingPolarity", "GeneratedFile", "GeneratorFile", "LimitsFile",
    "Measured", "Natural", "Point", "PolarityFile", "PolarityReport", "Results", "ResultsFile", "Scores",
    "Setting", "Spread", "StarFile", "StarMatrix", "StarReport", "StudyFile", "StudyResults", "Texts",
    "TrainingFile", "Use", "UseFile", "WhyFile", "is_of", "read", "read_file", "read_file_or_none",
]  # fmt: skip

log = logging.getLogger(__name__)

File = TypeVar("File", bound=BaseModel)


class ResultsFile(NamedTuple):
    """A file below assets/, its contract, and the command that makes it."""

    path: str
    contract: type[Measured]
    command: str


SOURCES = {
    "stars": ResultsFile("metrics/stars.json", StarFile, "python -m train.evaluate stars"),
    "validation": ResultsFile(
        "metrics/stars-validation.json", StarFile, "python -m train.evaluate stars --part validation"
    ),
    "accurate": ResultsFile("metrics/accurate.json", StarFile, "python -m train.evaluate accurate"),
    "judge": ResultsFile("metrics/judge.json", StarFile, "python -m train.evaluate judge"),
    "generator": ResultsFile("metrics/generator.json", GeneratorFile, "python -m train.evaluate generator"),
    "generated": ResultsFile("metrics/generated.json", GeneratedFile, "python -m train.evaluate generated"),
    "study": ResultsFile("metrics/study.json", StudyFile, "python -m train.evaluate study"),
    "use": ResultsFile("metrics/use.json", UseFile, "python -m train.evaluate use"),
    "product stars": ResultsFile(
        "metrics/products/stars.json",
        StarFile,
        "python -m train.evaluate stars --data data/products --out assets/metrics/products",
    ),
    "product accurate": ResultsFile(
        "metrics/products/accurate.json",
        StarFile,
        "python -m train.evaluate accurate --data data/products --out assets/metrics/products",
    ),
    "product generated": ResultsFile(
        "metrics/products/generated.json",
        GeneratedFile,
        "python -m train.evaluate generated --data data/products --out assets/metrics/products",
    ),
    "polarity": ResultsFile("metrics/polarity.json", PolarityFile, "python -m train.evaluate polarity"),
    "why": ResultsFile("metrics/why.json", WhyFile, "python -m train.evaluate why"),
    "limits": ResultsFile("metrics/limits.json", LimitsFile, "python -m train.evaluate limits"),
    "stars training": ResultsFile("models/stars/training.json", TrainingFile, "python -m train.stars"),
    "generator training": ResultsFile(
        "models/generator/training.json", TrainingFile, "python -m train.generator"
    ),
}
CONTRACTS = {Path(own.path).name: own.contract for own in SOURCES.values()} | {
    "real-diversity.json": DiversityFile
}  # by the name of the file


class Results(NamedTuple):
    """The files that are there, and the sources of those that cannot be read."""

    files: dict[str, Any]
    damaged: list[ResultsFile]


def read(assets: Path) -> Results:
    """Every file there is below a folder such as assets/; one that breaks its contract is only named."""
    results = Results({}, [])
    for name, source in SOURCES.items():
        path = assets / source.path
        try:
            results.files[name] = read_file(path, source.contract)
        except FileNotFoundError:
            continue
        except (OSError, ValidationError) as error:
            log.warning("%s cannot be shown: %s", path, error)
            results.damaged.append(source)
    return results


def read_file(path: Path, contract: type[File]) -> File:
    """One file of results.

    Raises:
        OSError: it cannot be read.
        pydantic.ValidationError: it breaks its contract.
    """
    return contract.model_validate_json(path.read_bytes())


def read_file_or_none(path: Path, contract: type[File]) -> File | None:
    """One file of results; None where there is none, or it breaks its contract."""
    try:
        return read_file(path, contract)
    except (OSError, ValidationError):
        return None
