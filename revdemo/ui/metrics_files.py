"""What was measured, as the files below assets/ say it: their contract, and reading them.

A key that is left out of a contract here may be in a file; one that has no default must be.
"""

import logging
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

log = logging.getLogger(__name__)

Five = Field(min_length=5, max_length=5)
Two = Field(min_length=2, max_length=2)
Counts = Annotated[list[NonNegativeInt], Five]
Stars = Annotated[list[Counts], Five]  # a 5x5 confusion matrix, row = true or requested
Polarities = Annotated[list[Annotated[list[NonNegativeInt], Two]], Two]


class Part(BaseModel):
    """A part of a file; numbers are numbers, never NaN."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, protected_namespaces=())


class Rate(Part):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


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
    confusion: Stars
    name: str = ""
    training_rows: Rows | None = None


class Chance(Part):
    """What no reading at all gives."""

    exact: float
    near: float


class Natural(Part):
    """The same reviews, weighed to stars as frequent as they are where nobody balances them."""

    mix: Annotated[list[float], Five]
    exact: Scores | Rate
    mae: Rate
    ece: Rate | None = None


class Bin(Part):
    """Reviews of about the same confidence, and how often the prediction was right."""

    confidence: float
    accuracy: float
    n: int = Field(gt=0)


class Balance(Part):
    """Reviews of each star in the training data."""

    before: Counts
    after: Counts


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


class StarFile(StarReport, Measured):
    """stars.json, judge.json, stars-validation.json."""

    n: int
    films: int | None = None
    with_stated_scores: StarReport | None = None
    baseline: StarReport | None = None
    untrained: StarReport | None = None
    difference: Difference | None = None
    natural: Natural | None = None
    reliability: list[Bin] = []
    balance: Balance | None = None
    chance: dict[str, Chance] = {}


class Change(Part):
    """Before and after training."""

    before: Rate
    after: Rate


class GeneratorFile(Measured):
    """generator.json."""

    perplexity: Change
    bits_per_byte: Change
    ratio: Rate | None = None


class Acceptance(Part):
    """The share of generated reviews that the filter accepts."""

    all: Rate
    by_stars: Annotated[dict[Literal["1", "2", "3", "4", "5"], Rate], Field(min_length=5)]


class Texts(Part):
    """How varied a set of texts is."""

    distinct1: float | None = None
    distinct2: float | None = None
    self_bleu: float | None = None
    length: Rate | None = None


class Copied(Part):
    """Runs of tokens shared with training reviews."""

    longest: int
    share_30: Rate


class LongestCopy(Copied):
    """The same, beside real reviews."""

    real: Copied | None = None


class Example(Part):
    """One generated review with its verdicts."""

    requested: int = Field(ge=1, le=5)
    filter: int | None = Field(None, ge=1, le=5)
    judge: int | None = Field(None, ge=1, le=5)
    accepted: bool
    reason: str | None = None
    text: str


class GeneratedFile(Texts, Measured):
    """generated.json."""

    n: int
    unfiltered: dict[str, StarReport]
    accepted: dict[str, StarReport]
    reference: dict[str, StarReport]
    acceptance: Acceptance
    share_of_real: dict[str, Rate] = {}
    rejected: dict[str, int] = {}
    duplicates: Rate | None = None
    near_duplicates: Rate | None = None
    real: Texts | None = None
    longest_copy: LongestCopy | None = None
    detector_auc: Rate | None = None
    polarity_agreement: Rate | None = None
    examples: list[Example] = []


class Spread(Part):
    """A mean and its standard deviation over samples."""

    mean: float
    spread: float


class Setting(Part):
    """What one value of one setting gave."""

    value: float | str
    exact: Spread | None = None
    near: Spread | None = None
    mae: Spread | None = None
    perplexity: Spread | None = None
    bits_per_byte: Spread | None = None
    loss: Spread | None = None


class Study(Part):
    """One setting varied at a time, averaged over samples."""

    axes: dict[str, Annotated[list[Setting], Field(min_length=1)]]
    default: dict[str, Any] = {}
    samples: int
    rows: int


class StudyFile(Measured):
    """study.json."""

    classifier: Study | None = None
    generator: Study | None = None


class Arm(Part):
    """A way to fill the gap, or the difference of two of them."""

    name: str
    exact: Rate
    near: Rate | None = None
    mae: Rate | None = None
    recall_of_gap: Rate | None = None


class Use(Part):
    """A star classifier on few reviews, one star of them cut short."""

    name: str
    title: str
    gap_star: int
    rows_per_class: int
    cut_to: int
    resamples: int
    arms: Annotated[list[Arm], Field(min_length=1)]
    differences: list[Arm] = []


class UseFile(Measured):
    """use.json."""

    settings: list[Use]


class PolarityReport(Scores):
    """Positive and negative reviews of one domain."""

    n: int | None = None
    confusion: Polarities | None = None


class Domains(Part):
    """Another way to tell positive from negative, by domain."""

    name: str = ""
    domains: dict[str, PolarityReport] = {}


class Epoch(Part):
    """One epoch of training."""

    epoch: float
    training_loss: float | None = None
    validation_loss: float | None = None
    accuracy: float | None = None
    f1: float | None = None
    precision: float | None = None
    recall: float | None = None


class Neutral(Part):
    """Where the page says neutral, and how many reviews fall there."""

    low: float
    high: float
    three_star_share: Rate
    other_share: Rate


class PolarityFile(PolarityReport, Domains, Measured):
    """polarity.json."""

    n: int
    epochs: list[Epoch] = []
    baseline: Domains | None = None
    from_stars: Domains | None = None
    neutral: Neutral | None = None


class Failing(StarReport):
    """Stars of reviews of a kind that the classifier did not learn from."""

    plain: StarReport | None = None  # of the same, said plainly in English
    by_domain: dict[str, StarReport] = {}


class FailingPolarity(PolarityReport):
    """Polarity of such reviews."""

    n: int
    plain: PolarityReport | None = None


class LimitsFile(Measured):
    """limits.json."""

    n: int
    note: str = ""
    sets: dict[str, Failing]
    polarity: dict[str, FailingPolarity] = {}


class WhyFile(Measured):
    """why.json: how far the expected stars move without five words, the strongest or random ones."""

    n: int
    removed: int
    strongest: Rate
    random: Rate
    difference: Rate
    ahead: Rate


class Entry(Part):
    """One line of the log of a training run."""

    epoch: float | None = None
    loss: float | None = None
    eval_loss: float | None = None


class TrainingFile(Measured):
    """training.json, beside an adapter."""

    log: list[Entry]


class Source(NamedTuple):
    """A file below assets/, its contract, and the command that makes it."""

    path: str
    contract: type[Measured]
    command: str


SOURCES = {
    "stars": Source("metrics/stars.json", StarFile, "python -m train.evaluate stars"),
    "validation": Source(
        "metrics/stars-validation.json", StarFile, "python -m train.evaluate stars --part validation"
    ),
    "judge": Source("metrics/judge.json", StarFile, "python -m train.evaluate judge"),
    "generator": Source("metrics/generator.json", GeneratorFile, "python -m train.evaluate generator"),
    "generated": Source("metrics/generated.json", GeneratedFile, "python -m train.evaluate generated"),
    "study": Source("metrics/study.json", StudyFile, "python -m train.evaluate study"),
    "use": Source("metrics/use.json", UseFile, "python -m train.evaluate use"),
    "product stars": Source(
        "metrics/products/stars.json",
        StarFile,
        "python -m train.evaluate stars --data data/products --out assets/metrics/products",
    ),
    "product generated": Source(
        "metrics/products/generated.json",
        GeneratedFile,
        "python -m train.evaluate generated --data data/products --out assets/metrics/products",
    ),
    "polarity": Source("metrics/polarity.json", PolarityFile, "python -m train.evaluate polarity"),
    "why": Source("metrics/why.json", WhyFile, "python -m train.evaluate why"),
    "limits": Source("metrics/limits.json", LimitsFile, "python -m train.evaluate limits"),
    "stars training": Source("models/stars/training.json", TrainingFile, "python -m train.stars"),
    "generator training": Source("models/generator/training.json", TrainingFile, "python -m train.generator"),
}


class Results(NamedTuple):
    """The files that are there, and the sources of those that cannot be read."""

    files: dict[str, Any]
    damaged: list[Source]


def read(assets: Path) -> Results:
    """Every file there is below a folder such as assets/; one that breaks its contract is only named."""
    results = Results({}, [])
    for name, source in SOURCES.items():
        path = assets / source.path
        try:
            results.files[name] = source.contract.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, ValidationError) as error:
            log.warning("%s cannot be shown: %s", path, error)
            results.damaged.append(source)
    return results
