"""Deciding by hand on the reviews of a run that has ended, for the command line and Python."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

from revdemo.errors import RevdemoError
from revdemo.generation.ledger import Ledger
from revdemo.generation.request import Review, Run


def curate(
    ledger: Ledger,
    run_id: str,
    keep_out: Collection[int] = (),
    take_in: Collection[int] = (),
    owner: str | None = None,
) -> Run:
    """Keep reviews of a run out by hand and take others in, all of them or none; returns the run after that.

    Reviews go by their number in the run, from 1. To decide as the filter did is to undo. The ledger keeps
    the filter's verdict beside it. Without any number it returns the run as it is.

    Raises:
        RevdemoError: there is no such run or review, it is still running, or a review cannot be taken in.
    """
    found = {one.index: one for one in ledger.reviews(run_id, owner)}
    for number in chain(keep_out, take_in):
        _check(found, number, number in take_in)
        if number in keep_out and number in take_in:
            raise RevdemoError(
                "Review {number} cannot be both kept out and taken in: name it once.", number=number
            )
    for number, accepted in chain(((one, False) for one in keep_out), ((one, True) for one in take_in)):
        found[number] = ledger.decide(run_id, owner, number, accepted)
    about = ledger.run(run_id, owner)
    run = Run(run_id, about.request, about.models, ended=about.ended)
    for review in found.values():
        (run.accepted if review.accepted else run.rejected).append(review)
    return run


def _check(found: dict[int, Review], number: int, taken_in: bool) -> None:
    """Refuse a review that the run does not have, or that nobody may take in."""
    if number not in found:
        raise RevdemoError(
            "The run has no review {number}: its reviews are numbered from 1 to {last}.",
            number=number,
            last=max(found, default=0),
        )
    if taken_in and not found[number].can_be_accepted:
        raise RevdemoError(
            "Review {number} cannot be taken in: the filter rejected it as {reason}.",
            number=number,
            reason=found[number].filter_reason,
        )
