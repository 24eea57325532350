"""Shared out or not, a run comes to the same reviews; without Ray."""

from contextlib import closing
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from revdemo.balancing.job import BalanceRequest, balance
from revdemo.balancing.plan import Limits
from revdemo.bulk.generating import job as shared_job
from revdemo.bulk.generating.blocks import Judged, block_size, packed, unpacked
from revdemo.bulk.generating.output import PART, ResumedLedger, ReviewParts
from revdemo.bulk.parts import Parts
from revdemo.generation import job
from revdemo.generation.context import JobContext
from revdemo.generation.job import GenerationResult
from revdemo.generation.ledger import Ledger
from revdemo.generation.request import Request, Run, Step
from revdemo.models.classifier import Prediction
from revdemo.models.sampling.schedule import Sample
from revdemo.tables.table import open_chosen
from tests.support.fakes_balance import lopsided

WANTED = Request(
    4, accepted=12, rounds=20, round_size=4, at_once=2, temperature=0.6, max_tokens=30, seed=3, opening="I"
)


def run_of(steps):
    return [step for step in steps if isinstance(step, GenerationResult)][-1].run


def told(run):
    """A run as it is compared: everything but its id; probabilities to the accuracy of other batches."""
    return run.ended, [
        (one.index, one.round, one.text, one.predicted, one.accepted, one.reason, one.confidence)
        for one in run.reviews
    ]


def assert_alike(run, other):
    (ended, reviews), (other_ended, others) = told(run), told(other)
    assert ended == other_ended
    assert [one[:-1] for one in reviews] == [one[:-1] for one in others]
    assert [one[-1] for one in reviews] == pytest.approx([one[-1] for one in others], abs=1e-5)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"at_once": 1, "seed": 4},
        {"until_first": True, "stars": 2, "rounds": 5},
        {"rounds": 3, "accepted": 100},
        {"guidance": 2.0, "guided_tokens": 5},
    ],
)
@pytest.mark.parametrize("workers", [1, 3])
def test_the_reviews_are_those_of_one_process(named, shared_here, tmp_path, fields, workers):
    request = replace(WANTED, **fields)
    plain = run_of(job.generate(request, JobContext(named)))
    parts = Parts(str(tmp_path / "parts"), "a key")
    context, _ = shared_here(block_size(request), workers, parts)
    steps = list(shared_job.followed(request, context, parts, tmp_path / "runs"))
    run = run_of(steps)
    assert_alike(run, plain)
    # Until its first hit a random model may be rejected for one reason alone.
    assert len({review.reason for review in run.reviews}) > (0 if request.until_first else 2)
    done = steps[-2].workers
    assert sum(share.accepted for share in done.values()) == len(run.accepted)
    assert sum(share.rejected for share in done.values()) == len(run.rejected)
    assert (tmp_path / "runs" / run.id / "accepted.csv").exists()
    assert not (tmp_path / "parts").exists()


def test_texts_that_are_given_up_are_the_same_in_a_block_of_their_own(named):
    """The flaw is looked for by a text's own length, so that it shows in the same place."""
    generator = JobContext(named).generator
    asked = {"flaw": lambda text: "copy" if "a" in text else "", "seats": 9, "max_tokens": 30}

    def samples(n, **more):
        found = [one for group in generator.stream(5, n, 7, **asked, **more) for one in group]
        return sorted(found, key=lambda one: one.number)

    whole = samples(60)
    assert {one.flaw for one in whole} == {"", "copy"}
    assert [one for first in (0, 20, 40) for one in samples(20, first=first)] == whole


def test_a_run_that_was_stopped_is_continued_as_the_same_run(named, shared_here, tmp_path):
    plain = run_of(job.generate(WANTED, JobContext(named)))
    place, stop, delivered = str(tmp_path / "parts"), [], []
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        for round_ in range(2):
            parts = Parts(place, "a key")
            given = {"ledger": ResumedLedger(ledger, parts), "should_stop": lambda: bool(stop)}
            context, workers = shared_here(block_size(WANTED), 1, parts, **given)
            for step in shared_job.followed(WANTED, context, parts):
                if not round_ and isinstance(step, Step) and step.accepted >= 3:
                    stop.append(True)
            stop.clear()
            delivered.append([block for block in workers.begun if block not in workers.waiting])
            assert step.run.ended == ("target" if round_ else "stopped")
            kept = ledger.reviews(step.run.id, "")
            assert [one.text for one in kept] == [one.text for one in step.run.reviews]
        assert len(ledger.runs("")) == 1
        assert ledger.run(step.run.id, "").ended == "target"
    assert all(delivered) and not set(delivered[0]) & set(delivered[1])
    assert_alike(step.run, plain)


def test_an_address_gets_the_reviews_in_parts(shared_here, tmp_path):
    import fsspec

    place = f"memory://reviews-{tmp_path.name}"
    parts = Parts(str(tmp_path / "parts"), "a key")
    context, _ = shared_here(block_size(WANTED), 2, parts)
    run = run_of(shared_job.followed(WANTED, context, parts, None, ReviewParts(place, "a key")))
    with fsspec.open(f"{place}/reviews-00000001.parquet") as file:
        assert pq.read_table(file)["review"].to_pylist() == [review.text for review in run.reviews]
    again = Parts(place, "a key")
    again.check()
    assert again.about == {"complete": True, "run": run.id, "ended": "target"}


def test_a_part_is_written_as_soon_as_it_is_whole(shared_here, tmp_path):
    one = Run("a run", WANTED, {"generator": {"label": "a"}, "classifier": {"label": "b"}})
    context, _ = shared_here(block_size(WANTED), 1)
    reviews = run_of(job.generate(WANTED, context)).reviews[:1] * (PART + 1)
    writing = ReviewParts(str(tmp_path / "out"), "a key")
    writing.add(one, reviews)
    [name] = [path.name for path in (tmp_path / "out").glob("*.parquet")]
    assert pq.read_metadata(tmp_path / "out" / name).num_rows == PART
    writing.close(one, complete=False)
    assert not Parts(str(tmp_path / "out"), "a key").about["complete"]


def test_what_a_worker_hands_back_is_read_as_it_was():
    texts = [
        Judged(
            Sample("A film", True, 3, 0.1 + 0.2, number=7), Prediction(4, 1 / 3, (0.0, 0, 0, 1 / 3, 2 / 3))
        ),
        Judged(Sample("", False, 1, None, "copy", 8), None),
    ]
    assert unpacked(packed(texts), "me") == [replace(one, worker="me") for one in texts]


@pytest.mark.parametrize(("accepted", "size"), [(20, 40), (200, 80), (100_000, 160)])
def test_blocks_grow_with_the_run(accepted, size):
    assert block_size(Request(4, accepted=accepted, round_size=20, at_once=2)) == size


def test_a_table_is_balanced_with_the_reviews_of_one_process(named, shared_here, tmp_path):
    options = {"temperature": 0.6, "max_tokens": 30, "round_size": 4}
    chosen = open_chosen(lopsided(tmp_path / "table.csv"))
    request = BalanceRequest(chosen, level=8, options=options, limits=Limits(rounds=2))
    plain = [*balance(request, JobContext(named), tmp_path / "plain")][-1].balanced
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        context, _ = shared_here(None, 2, ledger=ledger)
        found = [*balance(request, context, tmp_path / "shared")][-1].balanced
    assert plain.reviews and plain.missing
    assert [one.text for one in found.reviews] == [one.text for one in plain.reviews]
    assert found.missing == plain.missing
    assert (tmp_path / "shared" / "data.parquet").exists()
