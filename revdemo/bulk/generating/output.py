"""Where the reviews of a run go: one run of the ledger, however often it begins, and parts at an address."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from revdemo.bulk.parts import Parts
from revdemo.generation.ledger import Ledger
from revdemo.generation.request import Request, Review, Run
from revdemo.generation.runs.exports import COLUMNS, to_columns

PART = 1000  # reviews


class ResumedLedger:
    """The ledger, in which a run that was begun before is continued: what it has already is not added again.

    A run comes to the same reviews in the same order, so those that the ledger has are the first ones.
    """

    def __init__(self, ledger: Ledger, parts: Parts):
        self._ledger, self._parts, self._kept = ledger, parts, 0

    def start(self, request: Request, owner: str, models: dict[str, dict[str, str]]) -> str:
        """Continue the run that the parts are of, where the ledger has it, or begin one."""
        known = self._parts.about.get("run")
        kept = self._ledger.resume(known, owner) if known else None
        self._kept = kept or 0
        run = known if kept is not None else self._ledger.start(request, owner, models)
        self._parts.close(run=run)
        return str(run)

    def add(self, run_id: str, reviews: Sequence[Review]) -> None:
        """Keep the reviews that the ledger does not have."""
        if new := [review for review in reviews if review.index > self._kept]:
            self._ledger.add(run_id, new)

    def finish(self, run_id: str, ended: str) -> None:
        """Note how the run ended this time."""
        self._ledger.finish(run_id, ended)


class ReviewParts:
    """Reviews at an address, accepted or not, in Parquet of the columns that exports have.

    Raises:
        RevdemoError: the address cannot be written, or holds something else.
    """

    def __init__(self, place: str, key: str):
        self._parts = Parts(place, key)
        self._parts.found.clear()  # a run that is begun again writes the same parts
        self._new: list[Review] = []

    def add(self, run: Run, reviews: Sequence[Review]) -> None:
        """Take reviews, and write them as soon as they make a whole part."""
        self._new += reviews
        while len(self._new) >= PART:
            self._write(run, self._new[:PART])
            del self._new[:PART]

    def close(self, run: Run, complete: bool) -> None:
        """Write the reviews that are left, and the manifest."""
        if self._new:
            self._write(run, self._new)
        self._parts.close(complete=complete, run=run.id, ended=run.ended)

    def _write(self, run: Run, reviews: Sequence[Review]) -> None:
        file = io.BytesIO()
        pq.write_table(pa.Table.from_pylist([to_columns(run, one) for one in reviews], COLUMNS), file)
        accepted = sum(review.accepted for review in reviews)
        name = f"reviews-{reviews[0].index:08}.parquet"
        self._parts.add(name, file.getvalue(), {"rows": len(reviews), "accepted": accepted})
