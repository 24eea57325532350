"""Tables in Python: what one is read as, predicted, balanced, measured, and adapted to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack, cast

from revdemo.api.models import load_polarity, load_stars
from revdemo.bulk.engine import WRITERS, check_engine, context_of
from revdemo.files import make_folder

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from revdemo.balancing import filling
    from revdemo.balancing import utility as measuring
    from revdemo.balancing.plan import Balanced, Limits
    from revdemo.balancing.utility_report import UtilityReport
    from revdemo.bulk.cluster import Crew
    from revdemo.models.classifier import StarClassifier
    from revdemo.models.generator import ReviewGenerator
    from revdemo.models.polarity import PolarityClassifier
    from revdemo.settings import Settings
    from revdemo.tables.adapting.job import AdaptResult
    from revdemo.tables.adapting.process import Status
    from revdemo.tables.inspection import Inspection
    from revdemo.tables.predict import PredictProgress
    from revdemo.tables.reading.options import Reading, ReadingTable
    from revdemo.tables.summary import Summary


def _ignore(_: Any) -> None:
    """Do nothing with a step: for whoever asks for no progress."""


def inspect(
    path: str | PathLike,
    text: str | None = None,
    rating: str | None = None,
    scale: int | None = None,
    **read: Unpack[Reading],
) -> Inspection:
    """What a table is read as: its columns, ratings and their scale, rows by stars, and what is doubtful.

    Args:
        text, rating, scale: its columns and highest rating, guessed where not given; a rating of "" says that
            there is none.
        read: what corrects how the file is read, see revdemo.tables.table.ReadOptions.

    Raises:
        RevdemoError: the table cannot be read, or a column or sheet named is not there.
    """
    from revdemo.tables import table

    said = table.ReadOptions(text, rating, scale, **read)
    chosen = table.open_chosen(Path(path), options=said)
    return cast("Inspection", chosen.read_as)  # there is one wherever a table was opened by its path


def predict(
    texts: Iterable[str],
    *,
    polarity: PolarityClassifier | bool = False,
    settings: Settings | None = None,
    classifier: StarClassifier | None = None,
    progress: bool = False,
    engine: Literal["plain", "ray"] = "plain",
    crew: Crew | None = None,
) -> pd.DataFrame:
    """The stars of texts as a frame, a row per text; of a pandas Series its index is kept.

    The columns are predicted, confidence, expected and p1 to p5, with `polarity` also polarity and
    polarity_probability. A text without words has no value in any.

    Args:
        polarity: True to predict polarity too, or the classifier to do it with.
        progress: show a bar, in a notebook or a terminal.
        engine: "ray" shares the texts out to a `crew` of workers, which load the models of the settings.

    Raises:
        RevdemoError: a model is missing, or there is no such engine.
    """
    from revdemo.tables import frames

    check_engine(engine)
    if engine == "ray":
        from revdemo.bulk import texts as bulk

        return bulk.predict(texts, bool(polarity), crew, settings)
    stars = classifier or load_stars(settings)
    also = (load_polarity(settings) if polarity else None) if isinstance(polarity, bool) else polarity
    return frames.predict(texts, stars, also, progress)


def predict_table(
    path: str | PathLike,
    out: str | PathLike | None = None,
    text: str | None = None,
    rating: str | None = None,
    scale: int | None = None,
    *,
    settings: Settings | None = None,
    classifier: StarClassifier | None = None,
    polarity: PolarityClassifier | bool = False,
    progress: Callable[[PredictProgress], None] = _ignore,
    engine: Literal["plain", "ray"] = "plain",
    crew: Crew | None = None,
    **read: Unpack[Reading],
) -> Summary:
    """Predict every row of a table, write it to `out` with its stars, and return what they come to.

    Interrupted, the same call resumes where it stopped.

    Args:
        text, rating, scale: its columns and highest rating, guessed where not given; a rating of "" says that
            there is none.
        read: what corrects how the file is read, see revdemo.tables.table.ReadOptions.
        polarity: True to predict polarity too, or the classifier to do it with.
        progress: called after each few rows.
        engine: "ray" shares the rows out to a crew (revdemo.bulk.cluster.Crew), and takes folders and
            addresses too; `out` is needed then.

    Raises:
        RevdemoError: the table cannot be read, `out` cannot be written, or a model is missing.
    """
    from revdemo.generation.context import JobContext
    from revdemo.tables import predict, table

    check_engine(engine)
    said = table.ReadOptions(text, rating, scale, **read)
    if engine == "ray":
        from revdemo.bulk import predict as bulk

        return bulk.predict_table(path, out, said, bool(polarity), crew, settings, progress)
    request = predict.PredictRequest(table.open_chosen(Path(path), options=said), bool(polarity))
    given = None if isinstance(polarity, bool) else polarity
    context = JobContext(settings, stars=classifier, polarity=given)
    outs = [] if out is None else [Path(out)]
    return _finished(predict.predict(request, context, outs), predict.PredictProgress, progress).summary


def balance(
    path: str | PathLike,
    out: str | PathLike,
    *,
    level: int | None = None,
    seed: int = 0,
    kind: str = "parquet",
    limits: Limits | None = None,
    settings: Settings | None = None,
    generator: ReviewGenerator | None = None,
    classifier: StarClassifier | None = None,
    progress: Callable[[filling.FillProgress], None] = _ignore,
    engine: Literal["plain", "ray", "continuous"] = "plain",
    crew: Crew | None = None,
    **options: Any,
) -> Balanced:
    """Write accepted reviews until each star of a table has as many as `level`, and save both together.

    Interrupted, the same call resumes where it stopped.

    Args:
        out: the folder for data.parquet (or data.csv, by `kind`) and README.md.
        level: reviews per star; None takes the commonest star's count.
        limits: of each star's run; by default the outermost ones, not the page's.
        progress: called after each few reviews.
        engine: who writes the same reviews, as in `generate`.
        options: fields of revdemo.generation.request.Request, those of revdemo.balancing.plan.OPTIONS; and of
            revdemo.tables.table.ReadOptions, what corrects how the file is read.

    Raises:
        RevdemoError: the table cannot be read, nothing is lacking, or a model is missing.
    """
    from revdemo.balancing import filling, job
    from revdemo.balancing.plan import Limits
    from revdemo.tables import table

    check_engine(engine, WRITERS)
    read = {name: options.pop(name) for name in list(options) if name in table.ReadOptions.__annotations__}
    chosen = table.open_chosen(Path(path), options=table.ReadOptions(**read))
    request = job.BalanceRequest(
        chosen, level, seed, options, limits or Limits(), sample=0, fill=True, kind=kind
    )
    make_folder(Path(out))
    with context_of(engine, settings, crew, {"generator": generator, "stars": classifier}) as context:
        return _finished(job.balance(request, context, Path(out)), filling.FillProgress, progress).balanced


def utility(
    path: str | PathLike,
    synthetic: str | PathLike | None = None,
    *,
    resamples: int = 10,
    seed: int = 0,
    out: str | PathLike | None = None,
    progress: Callable[[measuring.UtilityStep], None] = _ignore,
    **read: Unpack[ReadingTable],
) -> UtilityReport:
    """Whether synthetic reviews are worth it beside the real rows of a table.

    Args:
        synthetic: a file of them, such as accepted.csv of a run; None takes the rows that the table itself
            marks in a column `synthetic`.
        read: what corrects how the file is read, see revdemo.tables.table.ReadOptions.
        resamples: random splits, 2 to 100, drawn by `seed`.
        out: a file for the figures as JSON.
        progress: called after each classifier trained.

    Raises:
        RevdemoError: a file cannot be read or written, or holds too few rows.
    """
    from revdemo.balancing import utility as measuring
    from revdemo.balancing import utility_job
    from revdemo.balancing.utility_report import UtilityPlan
    from revdemo.generation.context import JobContext
    from revdemo.tables import table

    said = table.ReadOptions(**read)
    request = utility_job.UtilityRequest(
        table.open_chosen(Path(path), options=said),
        file=None if synthetic is None else Path(synthetic),
        plan=UtilityPlan(resamples, seed=seed),
    )
    steps = utility_job.measure(request, JobContext(), None if out is None else Path(out))
    return _finished(steps, measuring.UtilityStep, progress).report


balance_table, measure_utility = balance, utility  # as they were called first


def adapt(
    path: str | PathLike,
    out: str | PathLike,
    *,
    minutes: float | None = None,
    group: str | None = None,
    estimate: bool = False,
    settings: Settings | None = None,
    progress: Callable[[Status], None] = _ignore,
    **read: Unpack[ReadingTable],
) -> AdaptResult:
    """Adapt the star classifier and the generator to a table of reviews with ratings.

    Interrupted, the same call resumes where it stopped. It needs the whole repository: train/ does the work,
    in a process of its own.

    Args:
        out: the folder for the models (stars/, generator/) and the report (adapt.json).
        read: what corrects how the file is read, see revdemo.tables.table.ReadOptions.
        minutes: learn from as many reviews as fit; None takes the numbers of the recipes.
        group: the column of the item reviewed, so that no item is in two parts.
        estimate: only say how long it takes, in `status.estimate`.
        progress: called whenever the state changes.

    Raises:
        RevdemoError: the table cannot be read or has no ratings, train/ is missing, or the training failed.
    """
    from revdemo.generation.context import JobContext
    from revdemo.tables import table
    from revdemo.tables.adapting import job, process

    said = table.ReadOptions(**read)
    request = job.AdaptRequest(table.open_chosen(Path(path), options=said), minutes, group, estimate)
    return _finished(job.adapt(request, JobContext(settings), Path(out)), process.Status, progress)


def _finished(steps: Iterator[Any], kind: type, progress: Callable[[Any], None]) -> Any:
    """The last step of a job, its result; `progress` is called with each step of a kind on the way."""
    result = None
    for result in steps:
        if isinstance(result, kind):
            progress(result)
    return result
