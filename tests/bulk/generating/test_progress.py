"""How far a shared run is, in numbers and in the lines of a terminal; without Ray."""

from dataclasses import replace

import pytest

from revdemo.bulk.generating import job as shared_job
from revdemo.bulk.generating.blocks import block_size
from revdemo.bulk.generating.progress import BulkStep, Share, seconds_left
from revdemo.cli.bulk import lines_of
from revdemo.generation.request import Request, Run
from tests.bulk.generating.test_replay import WANTED


@pytest.mark.parametrize(
    ("missing", "rates", "in_hand", "left"),
    [
        (100, {"a": 2.0, "b": 2.0}, {"a": 20, "b": 20}, {"a": 25, "b": 25}),
        (
            100,
            {"a": 3.0, "b": 1.0},
            {"a": 20, "b": 20},
            {"a": 20 / 3 + 15, "b": 35},
        ),  # 15: 60 more, 4 a second
        (20, {"a": 2.0, "b": 2.0}, {"a": 40, "b": 0}, {"a": 10, "b": 0}),  # half of what is in hand
        (0, {"a": 2.0}, {"a": 40}, {"a": 0}),
        (-3, {"a": 2.0}, {"a": 40}, {"a": 0}),
        (10, {"a": 2.0, "dead": 5.0}, {"a": 0}, {"a": 5}),
        (10, {}, {}, {}),
    ],
)
def test_the_time_left_is_that_of_a_workers_own_share(missing, rates, in_hand, left):
    assert seconds_left(missing, rates, in_hand) == pytest.approx(left)


def test_every_worker_that_lives_has_a_time_left_until_the_run_ends(shared_here):
    request = replace(WANTED, accepted=30, rounds=100)
    context, _ = shared_here(block_size(request), 3)
    steps = [step for step in job_steps(request, context) if isinstance(step, BulkStep)]
    known = [share.seconds_left for step in steps[:-1] for share in step.workers.values()]
    assert any(known)
    assert all(left is None or 0 <= left <= request.deadline for left in known)
    assert not any(share.seconds_left for share in steps[-1].workers.values())


def job_steps(request, context):
    class Nowhere:
        def remove(self):
            pass

        close = remove

    return shared_job.followed(request, context, Nowhere())


def test_a_line_for_all_and_one_for_each_worker():
    run = Run("id", Request(4), {})
    workers = {"10.0.0.1:7": Share(1200, 300, 2.5, 90.0), "10.0.0.1:8": Share(0, 4, 0.5)}
    step = BulkStep(run, (), 1, 1504, 1200, None, 600.0, 3700.0, workers)
    assert lines_of(step) == [
        "all: 1,200 accepted, 304 rejected, 3.0 texts per second, 1:01:40 left",
        "worker 10.0.0.1:7: 1,200 accepted, 300 rejected, 2.5 texts per second, 01:30 left",
        "worker 10.0.0.1:8: 0 accepted, 4 rejected, 0.5 texts per second",
    ]
    run.ended = "target"
    assert lines_of(step)[0] == "all: 1,200 accepted, 304 rejected, 3.0 texts per second"
