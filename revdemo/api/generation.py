"""Reviews written from Python: a run of the loop, to be watched or waited for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from revdemo.bulk.engine import WRITERS, check_engine, local_context

if TYPE_CHECKING:
    from os import PathLike

    from revdemo.bulk.cluster import Crew
    from revdemo.generation.job import GenerationResult
    from revdemo.generation.request import Review, Run, Step
    from revdemo.models.classifier import StarClassifier
    from revdemo.models.generator import ReviewGenerator
    from revdemo.settings import Settings


class Generation:
    """A run of the loop: iterate it for its steps, or ask for its reviews, which runs what is left of it."""

    def __init__(self, steps: Iterator[Step | GenerationResult]):
        self._steps = steps
        self._run: Run | None = None

    def __iter__(self) -> Iterator[Step]:
        from revdemo.generation.request import Step

        for step in self._steps:
            self._run = step.run
            if isinstance(step, Step):
                yield step

    @property
    def run(self) -> Run:
        """The whole run, once it has ended: request, models, reviews, how it ended."""
        for _ in self:
            pass
        return cast("Run", self._run)  # the first step names it, and no run is without steps

    def _repr_html_(self) -> str:
        """What has been written so far, as a notebook shows it; showing it writes nothing."""
        return self._run._repr_html_() if self._run else "<p>Not begun: iterate it, or ask for its run.</p>"

    @property
    def accepted(self) -> list[Review]:
        """The reviews that the classifier agreed with."""
        return self.run.accepted

    @property
    def rejected(self) -> list[Review]:
        """The other reviews, each with its reason."""
        return self.run.rejected


def generate(
    stars: int,
    accepted: int = 20,
    seed: int = 0,
    *,
    out: str | PathLike | None = None,
    settings: Settings | None = None,
    generator: ReviewGenerator | None = None,
    classifier: StarClassifier | None = None,
    engine: Literal["plain", "ray", "continuous"] = "plain",
    crew: Crew | None = None,
    **request: Any,
) -> Generation:
    """Write reviews of `stars` until `accepted` are accepted; every one of them goes into the ledger.

    Args:
        out: a folder in which to save the run as well: accepted.csv, rejected.csv and all.jsonl.
        generator, classifier: models to use; what is not given is loaded.
        engine: "ray" shares the texts out to a crew (revdemo.bulk.cluster.Crew), which loads the models of
            the settings; `out` may be an address then. "continuous" has transformers batch the texts of the
            settings' generator on a CUDA GPU. The reviews are the same, but for what its kernels round.
        request: the other fields of revdemo.generation.request.Request, such as rounds, tolerance or opening.
            rounds and deadline are by default those of the settings; more than the page allows may be asked.

    Raises:
        RevdemoError: at once, for a request that cannot be met.
    """
    from revdemo.generation import job
    from revdemo.generation.request import AT_ONCE, Request
    from revdemo.settings import load_settings

    check_engine(engine, WRITERS)
    settings = settings or load_settings()
    limits = {"rounds": settings.max_rounds, "deadline": settings.deadline, "at_once": AT_ONCE}
    wanted = Request(stars=stars, accepted=accepted, seed=seed, **{**limits, **request})
    if engine == "ray":
        from revdemo.bulk.generating import job as shared

        return Generation(shared.generate(wanted, settings, out, crew))
    context = local_context(engine, settings, {"generator": generator, "stars": classifier})
    return Generation(job.generate(wanted, context, None if out is None else Path(out)))


def curate(
    run: str,
    keep_out: Iterable[int] = (),
    take_in: Iterable[int] = (),
    *,
    out: str | PathLike | None = None,
    settings: Settings | None = None,
) -> Run:
    """Decide by hand on the reviews of a run that has ended; without a number, the run as the ledger has it.

    Args:
        run: its id, such as `revdemo.generate(...).run.id`.
        keep_out, take_in: the numbers of reviews (`review.index`) to reject and to accept. The filter's
            verdict is kept beside the decision, and deciding as it did is to undo.
        out: a folder in which to save the run again, as `generate` does.

    Raises:
        RevdemoError: there is no such run or review, it is still running, or a review cannot be taken in.
    """
    from contextlib import closing

    from revdemo.generation import job
    from revdemo.generation.ledger import Ledger
    from revdemo.generation.runs import curation
    from revdemo.settings import load_settings

    settings = settings or load_settings()
    with closing(Ledger(settings.data_dir / "ledger.sqlite")) as ledger:
        found = curation.curate(ledger, run, set(keep_out), set(take_in))
    if out is not None:
        job.save(found, Path(out) / found.id)
    return found
