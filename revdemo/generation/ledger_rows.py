"""Runs and reviews as rows of the ledger, and what is checked when they come back."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from revdemo.errors import RevdemoError
from revdemo.generation.request import BY_HAND, ENDS, REASONS, Request, Review
from revdemo.reviews import STARS

FIELDS = frozenset(field.name for field in fields(Request))


def request_of(fields: dict[str, Any]) -> Request:
    """A request as it was kept: before there was `min_p` without it, by a later revdemo with more fields."""
    return Request(**{"min_p": 0.0} | {name: value for name, value in fields.items() if name in FIELDS})


def to_row(run_id: str, review: Review) -> tuple[Any, ...]:
    """The row of a review."""
    return (
        run_id,
        review.index,
        review.round,
        review.text.encode("utf-8", "replace").decode(),  # half a character cannot be kept
        review.requested,
        review.predicted,
        review.confidence,
        json.dumps(review.probabilities),
        review.passed,
        review.filter_reason,
        review.accepted if review.by_hand else None,
    )


def from_row(*row: Any) -> Review:
    """The review of a row without its run; ValueError or TypeError for a damaged one."""
    index, number, text, requested, predicted, confidence, probabilities, accepted, reason, by_hand = row
    shares = json.loads(probabilities)
    shares = None if shares is None else tuple(shares)
    review = Review(index, number, text, requested, predicted, confidence, shares, bool(accepted), reason)
    if not _is_review(review) or by_hand not in (None, 0, 1):
        raise ValueError("it holds values of other kinds")
    return review if by_hand is None else review.decided(bool(by_hand))


def from_record(record: dict[str, Any], process: str) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """The rows of a run, as one of `process`, and of its reviews; ValueError for anything else."""
    try:
        request, reviews = request_of(record["request"]), [Review(**own) for own in record["reviews"]]
        run_id, owner, models = record["id"], record["owner"], record["models"]
        started = datetime.fromisoformat(record["started"])
        if not re.fullmatch("[0-9a-f]{32}", run_id) or record["ended"] not in ENDS or started.tzinfo is None:
            raise ValueError("its id, its end or its time is none")
        if not isinstance(owner, str) or not all(isinstance(own["label"], str) for own in models.values()):
            raise ValueError("its owner or its models are none")
        if len({own.index for own in reviews}) < len(reviews) or not all(map(_is_review, reviews)):
            raise ValueError("its reviews are none")
    except (KeyError, TypeError, AttributeError, RevdemoError) as error:
        raise ValueError(f"no record of a run: {error}") from error
    told = json.dumps(asdict(request)), json.dumps(models)
    row = (run_id, owner, process, started.isoformat(), record["ended"], *told)
    return row, [to_row(run_id, review) for review in reviews]


def _is_review(review: Review) -> bool:
    """Whether the values of a review are of their kinds and ranges, so that whoever counts them can."""
    judged = (review.predicted, review.confidence, review.probabilities)
    return (
        all(_is_count(number) for number in (review.index, review.round))
        and review.requested in STARS
        and isinstance(review.accepted, bool)
        and isinstance(review.text, str)
        and (review.filter_reason == "" or review.filter_reason in REASONS)
        and (review.overruled is None or review.reason == ("" if review.accepted else BY_HAND))
        and (judged == (None, None, None) or _is_prediction(*judged))
    )


def _is_prediction(predicted: object, confidence: object, shares: object) -> bool:
    return predicted in STARS and _is_share(confidence) and (shares is None or _are_shares(shares))


def _are_shares(values: object) -> bool:
    return isinstance(values, tuple | list) and len(values) == len(STARS) and all(map(_is_share, values))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _is_share(value: object) -> bool:
    return isinstance(value, float | int) and 0 <= value <= 1 + 1e-6  # rounding
