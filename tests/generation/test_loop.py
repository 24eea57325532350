"""The loop: verdicts, budgets, ends, and what the ledger holds at each moment."""

import itertools
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from revdemo.errors import RevdemoError
from revdemo.generation.copies import NearDuplicates, build_copy_index
from revdemo.generation.filter import Filter
from revdemo.generation.ledger import Ledger
from revdemo.generation.loop import generate, round_seed
from revdemo.generation.request import REASONS, Request, Review, Run
from tests.support.fakes import FakeClassifier, FakeGenerator, Prediction, Sample, prediction

GOOD = "A fine film with a warm heart."
OTHER = "The plot is thin, yet nobody in the cinema seemed to mind."
THIRD = "My grandmother laughed until the lights came on again."


class Clock:
    """Seconds that pass only when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float):
        def wait():
            self.now += seconds

        return wait


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger.sqlite")


def play(request: Request, generator=None, classifier=None, **options):
    """Run to the end; returns the steps."""
    return list(generate(request, generator or FakeGenerator(), classifier or FakeClassifier(), **options))


def verdicts(run: Run) -> list[str]:
    return [review.reason or "accepted" for review in run.reviews]


# --- the request --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("stars", [0, 6, -1, 3.5, 4.0, "4", None, True, math.nan]),
        ("accepted", [0, -3, 100_001, 2.5, True, None]),
        ("rounds", [0, 100_001, 1.0, False]),
        ("round_size", [0, 257, "20"]),
        ("tolerance", [-1, 2, 0.5, True, None]),
        ("min_confidence", [-0.01, 1.01, math.nan, "0.5", True, None]),
        ("seed", [-1, 2**32, 1.5, True, None]),
        ("deadline", [0, -1, math.nan, math.inf, True, None]),
        ("temperature", [0, -1, math.nan, math.inf, True, "1"]),
        ("top_p", [0, -0.1, 1.01, math.nan, True]),
        ("max_tokens", [0, 4097, 10.5, True]),
        ("min_p", [-0.01, 1.01, math.nan, True]),
        ("guidance", [-1, 10.5, math.nan, True]),
        ("guided_tokens", [0, 4097, 1.5, True]),
    ],
)
def test_a_field_out_of_range_is_named_with_its_value_and_range(field, bad):
    for value in bad:
        with pytest.raises(RevdemoError) as error:
            Request(**{"stars": 4, field: value})
        assert str(error.value).startswith(f"{field} is {value!r}, and must be a ")
        assert " from " in str(error.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"stars": 1, "tolerance": 1, "min_confidence": 1, "seed": 0},
        {
            "stars": 5,
            "seed": 2**32 - 1,
            "top_p": 1,
            "min_p": 0,
            "temperature": 0.05,
            "max_tokens": 1,
            "guidance": 0,
            "guided_tokens": 1,
        },
        {
            "stars": np.int64(3),
            "min_confidence": np.float32(0.5),
            "temperature": None,
            "opening": "I came in",
        },
    ],
)
def test_a_request_within_its_ranges_is_taken(fields):
    request = Request(**fields)
    assert type(request.stars) is int
    assert type(request.min_confidence) is float


@pytest.mark.parametrize(
    ("opening", "says"),
    [
        (7, "at most 500"),
        ("x" * 501, "at most 500"),
        ("😊 !!", "no words"),
        ("It is a 7/10", "states a score"),
    ],
)
def test_an_opening_that_cannot_work_is_refused(opening, says):
    with pytest.raises(RevdemoError, match=f"opening.*{says}"):
        Request(4, opening=opening)


def test_until_first_must_be_true_or_false():
    with pytest.raises(RevdemoError, match="until_first is 1"):
        Request(4, until_first=1)


# --- verdicts -----------------------------------------------------------------------------------------------


def judged_with(texts, classifier, copies=None, **fields) -> Run:
    request = Request(stars=4, rounds=1, **fields)
    return play(request, FakeGenerator([[texts]]), classifier, copies=copies)[-1].run


@pytest.mark.parametrize(
    ("sample", "answer", "reason"),
    [
        (GOOD, 4, ""),
        ("", 4, "empty"),
        ("😊 <br/> ...", 4, "empty"),
        (Sample(GOOD, finished=False), 4, "truncated"),
        (Sample("", finished=False), 4, "empty"),
        ("A fine film. I give it 8/10.", 4, "states score"),
        ("Fun for the young ones, 7/10 for the rest.", 4, "states score"),
        ("A solid four stars from me.", 4, "states score"),
        (Sample("A fine film, 8/10, and", finished=False), 4, "truncated"),
        (GOOD, 3, "stars"),
        (GOOD, 5, "stars"),
        (GOOD, prediction(4, 0.6), ""),
        (GOOD, prediction(4, 0.59), "confidence"),
        (GOOD, prediction(2, 0.3), "stars"),
    ],
)
def test_the_first_reason_that_holds_is_given(sample, answer, reason):
    run = judged_with([sample], FakeClassifier(lambda text: answer), min_confidence=0.6)
    (review,) = run.reviews
    assert review.reason == reason
    assert review.accepted == (not reason)
    assert review in (run.accepted if review.accepted else run.rejected)


@pytest.mark.parametrize(
    ("requested", "tolerance", "taken"), [(4, 0, {4}), (4, 1, {3, 4, 5}), (1, 1, {1, 2}), (5, 0, {5})]
)
def test_tolerance_says_how_near_is_accepted(requested, tolerance, taken):
    generator = FakeGenerator(
        [[[GOOD, OTHER, THIRD, "Words fail me entirely.", "It rained all day in Leeds."]]]
    )
    request = Request(requested, rounds=1, tolerance=tolerance)
    run = play(request, generator, FakeClassifier([1, 2, 3, 4, 5]))[-1].run
    assert {review.predicted for review in run.accepted} == taken


def test_duplicates_count_once_whatever_their_case_and_near_ones_too():
    texts = [GOOD, GOOD.upper() + "!", GOOD.replace("warm", "warmer"), OTHER]
    assert verdicts(judged_with(texts, FakeClassifier())) == [
        "accepted",
        "duplicate",
        "near duplicate",
        "accepted",
    ]


def test_duplicates_are_found_across_rounds():
    run = play(Request(4, rounds=2), FakeGenerator([[[GOOD]], [[GOOD]]]))[-1].run
    assert verdicts(run) == ["accepted", "duplicate"]


def test_what_was_seen_before_the_run_counts_as_a_duplicate_and_what_it_writes_is_added():
    seen = NearDuplicates()
    seen.add(GOOD)
    first = play(Request(4, rounds=1), FakeGenerator([[[GOOD, OTHER]]]), seen=seen)[-1].run
    second = play(Request(4, rounds=1), FakeGenerator([[[OTHER, THIRD]]]), seen=seen)[-1].run
    assert verdicts(first) == ["duplicate", "accepted"]
    assert verdicts(second) == ["duplicate", "accepted"]


def test_copies_of_training_text_are_rejected():
    copied = "this is a sentence of the training text that goes on for well over thirteen words in a row"
    copies = build_copy_index([copied])
    run = judged_with([f"So. {copied}, they say.", OTHER], FakeClassifier(), copies)
    assert verdicts(run) == ["copy", "accepted"]


def test_the_opening_is_the_users_and_not_compared():
    opening = "Many who saw it said that it was the best film of the whole long year,"
    texts = [f"{opening} {rest}" for rest in ("and I agree.", "but my cat slept.", "and I agree!", "", "...")]
    run = judged_with(texts, FakeClassifier(), build_copy_index([opening]), opening=opening)
    assert verdicts(run) == ["accepted", "accepted", "duplicate", "opening", "opening"]


def test_every_text_with_words_is_classified_and_only_those():
    copied = "word " * 20
    texts = ["", GOOD, GOOD, Sample(OTHER, finished=False), "I say 9/10.", copied, "..."]
    classifier = FakeClassifier(2)
    run = judged_with(texts, classifier, build_copy_index([copied]))
    assert len(classifier.history) == 1
    assert len(classifier.history[0]) == 5
    assert [review.predicted for review in run.reviews] == [None, 2, 2, 2, 2, 2, None]
    assert run.confusion[3] == [0, 5, 0, 0, 0]
    assert sum(map(sum, run.confusion)) == 5


def test_an_empty_sub_batch_asks_the_classifier_nothing():
    classifier = FakeClassifier()
    judged_with(["", " "], classifier)
    assert classifier.history == []


def test_texts_are_cleaned_before_they_are_judged():
    classifier = FakeClassifier()
    run = judged_with(["Great fun!!! <br/>See it 😊"], classifier)
    assert classifier.history == [["Great fun! See it"]]
    assert run.accepted[0].text == "Great fun! See it"


def test_a_review_keeps_what_the_classifier_said():
    answer = Prediction(4, 0.5, (0.0, 0.1, 0.2, 0.5, 0.2))
    (review,) = judged_with([GOOD], FakeClassifier([answer])).accepted
    assert (review.predicted, review.confidence, review.probabilities) == (4, 0.5, answer.probabilities)
    assert review.expected == pytest.approx(3.8)
    assert (review.index, review.round, review.requested) == (1, 1, 4)


def test_reasons_are_all_known():
    assert len(set(REASONS)) == 10


# --- budgets and ends ---------------------------------------------------------------------------------------


def test_the_target_ends_a_run_and_what_came_with_it_is_kept():
    generator = FakeGenerator(group=5)
    steps = play(Request(4, accepted=8, round_size=20), generator)
    assert steps[-1].run.ended == "target"
    assert len(steps[-1].run.accepted) == 10
    assert generator.written == 10
    assert generator.closed == 1


def test_rounds_end_a_run():
    generator = FakeGenerator()
    steps = play(Request(4, accepted=8, rounds=3, round_size=10), generator, FakeClassifier(2))
    assert steps[-1].run.ended == "rounds"
    assert len(steps[-1].run.rejected) == 30
    assert [asked["n"] for asked in generator.history] == [10, 10, 10]


def test_until_first_finishes_the_round_of_the_first_accepted_review():
    stars = iter([2] * 20 + [2] * 3 + [4] + [2] * 3 + [4] + [2] * 100)
    generator = FakeGenerator(group=4)
    request = Request(4, accepted=50, rounds=10, until_first=True)
    run = play(request, generator, FakeClassifier(lambda text: next(stars)))[-1].run
    assert run.ended == "target"
    assert (len(run.accepted), len(run.rejected)) == (2, 38)


def test_the_deadline_ends_a_run_in_the_middle_of_a_round():
    clock = Clock()
    generator = FakeGenerator([[[GOOD], clock.passes(59), [OTHER], clock.passes(2), [THIRD]]])
    run = play(Request(4, deadline=60), generator, clock=clock)[-1].run
    assert run.ended == "deadline"
    assert len(run.accepted) == 2


def test_no_round_begins_after_the_deadline():
    clock = Clock()
    generator = FakeGenerator([[[GOOD], clock.passes(61)], [[OTHER]]])
    assert play(Request(4, deadline=60), generator, clock=clock)[-1].run.ended == "deadline"
    assert len(generator.history) == 1


def test_stop_ends_a_run_at_once_and_keeps_what_there_is(ledger):
    stopped = []
    generator = FakeGenerator([[[GOOD], lambda: stopped.append(True), [OTHER]]])
    run = play(Request(4), generator, should_stop=lambda: bool(stopped), ledger=ledger, owner="me")[-1].run
    assert run.ended == "stopped"
    assert [review.text for review in run.accepted] == [GOOD]
    assert ledger.run(run.id, "me").ended == "stopped"
    assert generator.closed == 1


def test_stop_wins_over_a_deadline_that_passes_later():
    clock, stopped = Clock(), []
    generator = FakeGenerator([[[GOOD], lambda: stopped.append(True), [OTHER], clock.passes(999)]])
    assert (
        play(Request(4), generator, clock=clock, should_stop=lambda: bool(stopped))[-1].run.ended == "stopped"
    )


def test_a_stop_before_the_first_round_asks_for_nothing():
    generator = FakeGenerator()
    (step,) = play(Request(4), generator, should_stop=lambda: True)
    assert step.run.ended == "stopped"
    assert generator.history == []


def test_a_text_that_stop_cut_short_is_not_called_truncated():
    class Hasty(FakeGenerator):
        def stream(self, stars, n, seed, *, should_stop, **options):
            yield [Sample(GOOD)]
            assert should_stop()
            yield [Sample(OTHER), Sample("and then it", finished=False)]

    asked = itertools.count()
    run = play(Request(4), Hasty(), should_stop=lambda: next(asked) > 1)[-1].run
    assert verdicts(run) == ["accepted", "accepted"]


def test_closing_the_iterator_stops_the_run(ledger):
    generator = FakeGenerator()
    steps = generate(Request(4), generator, FakeClassifier(), ledger=ledger, owner="me")
    run = next(steps).run
    steps.close()
    assert run.ended == "stopped"
    assert ledger.run(run.id, "me").ended == "stopped"
    assert len(ledger.reviews(run.id, "me")) == 5
    assert generator.closed == 1


def test_closing_after_the_end_changes_nothing(ledger):
    steps = generate(Request(4, accepted=1), FakeGenerator(), FakeClassifier(), ledger=ledger, owner="me")
    for step in steps:
        if step.run.ended:
            steps.close()
    assert ledger.run(step.run.id, "me").ended == "target"


@pytest.mark.parametrize(
    ("generator", "classifier", "error"),
    [
        (FakeGenerator([[[GOOD], ValueError("out of memory")]]), FakeClassifier(), ValueError),
        (FakeGenerator([[[GOOD], RevdemoError("too long")]]), FakeClassifier(), RevdemoError),
        (FakeGenerator([[[GOOD], [OTHER]]]), FakeClassifier([4, RuntimeError("broken")]), RuntimeError),
        (FakeGenerator([[[GOOD]]]), FakeClassifier(), IndexError),
    ],
)
def test_an_error_goes_on_and_what_was_accepted_stays(ledger, generator, classifier, error):
    steps = generate(Request(4), generator, classifier, ledger=ledger, owner="me")
    run = next(steps).run
    with pytest.raises(error):
        list(steps)
    assert run.ended == "failed"
    assert ledger.run(run.id, "me").ended == "failed"
    assert [review.text for review in ledger.reviews(run.id, "me", accepted=True)] == [GOOD]


def test_a_failing_ledger_ends_the_run_with_its_own_message():
    class Full:
        def start(self, request, owner, models):
            return "id"

        def add(self, run_id, reviews):
            raise RevdemoError("the disk is full")

        def finish(self, run_id, ended):
            raise RevdemoError("the disk is still full")

    steps = generate(Request(4), FakeGenerator(), FakeClassifier(), ledger=Full())
    with pytest.raises(RevdemoError, match="disk is full"):
        next(steps)


# --- what a step tells --------------------------------------------------------------------------------------


def test_every_step_brings_its_sub_batch_and_the_last_one_the_end():
    steps = play(Request(4, accepted=100, rounds=2, round_size=10), FakeGenerator(group=4), FakeClassifier(5))
    assert [len(step.new) for step in steps] == [4, 4, 2, 4, 4, 2, 0]
    assert [step.round for step in steps] == [1, 1, 1, 2, 2, 2, 2]
    assert [step.judged for step in steps] == [4, 8, 10, 14, 18, 20, 20]
    assert [review.index for step in steps for review in step.new] == list(range(1, 21))


def test_the_ledger_has_a_review_before_its_step_is_seen(ledger):
    for step in generate(
        Request(4, accepted=12), FakeGenerator(), FakeClassifier(), ledger=ledger, owner="me"
    ):
        assert ledger.reviews(step.run.id, "me") == step.run.reviews


def test_the_ledger_knows_the_request_and_the_models(ledger):
    request = Request(2, seed=9, opening="I came in", temperature=0.7)
    run = play(request, FakeGenerator(), FakeClassifier(2), ledger=ledger, owner="me")[-1].run
    summary = ledger.run(run.id, "me")
    assert summary.request == request
    assert summary.models == run.models
    assert summary.models["generator"] == {"label": "fake generator", "revision": "0123abcd"}


def test_the_generator_is_asked_for_what_the_request_says():
    generator = FakeGenerator()
    request = Request(
        2,
        rounds=2,
        round_size=3,
        seed=5,
        temperature=0.7,
        top_p=0.9,
        min_p=0.05,
        max_tokens=80,
        guidance=2,
        guided_tokens=16,
        opening="I came in",
    )
    play(request, generator, FakeClassifier(1))
    assert generator.history[0] == {
        "stars": 2,
        "n": 3,
        "seed": round_seed(5, 1),
        "temperature": 0.7,
        "top_p": 0.9,
        "min_p": 0.05,
        "max_tokens": 80,
        "guidance": 2,
        "guided_tokens": 16,
        "opening": "I came in",
    }
    assert generator.history[1]["seed"] == round_seed(5, 2)


def test_a_kind_is_passed_on_where_one_is_asked_for():
    generator = FakeGenerator()
    play(Request(2, rounds=1, round_size=3, kind="hotel"), generator, FakeClassifier(1))
    assert generator.history[0]["kind"] == "hotel"
    with pytest.raises(RevdemoError, match="must be one of film, product"):
        Request(2, kind="lighthouse")


def test_round_seeds_are_reproducible_and_differ():
    seeds = [round_seed(seed, number) for seed in (0, 1, 2**32 - 1) for number in range(1, 200)]
    assert seeds[:2] == [round_seed(0, 1), round_seed(0, 2)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_time_left_follows_the_rate_and_the_pace():
    clock = Clock()
    groups = [[clock.passes(10), [GOOD, OTHER, THIRD, "Words fail me entirely."]]]
    request = Request(4, accepted=5, rounds=10, round_size=4, deadline=600)
    step = next(generate(request, FakeGenerator(groups), FakeClassifier([4, 1, 1, 1]), clock=clock))
    assert step.rate.value == 0.25
    assert step.seconds == 10
    assert step.seconds_left == pytest.approx(16 * 2.5)  # 4 more accepted, 16 reviews, 2.5 s each


@pytest.mark.parametrize(
    ("fields", "answers", "left"),
    [
        ({"accepted": 100, "rounds": 3}, [4, 1], 4 * 5),  # the rounds end it first
        ({"accepted": 100, "rounds": 1000, "deadline": 60}, [4, 1], 50),  # the deadline ends it first
        ({"accepted": 100, "rounds": 3}, [1, 1], 4 * 5),  # nothing accepted yet
        (
            {"accepted": 1, "until_first": True, "round_size": 8, "rounds": 3},
            [4, 1],
            6 * 5,
        ),  # this round's rest
        ({"accepted": 1, "until_first": True, "rounds": 3}, [1, 1], 4 * 5),
    ],
)
def test_time_left_is_bounded_by_what_ends_the_run(fields, answers, left):
    clock = Clock()
    request = Request(4, **{"round_size": 2, **fields})
    generator = FakeGenerator([[clock.passes(10), [GOOD, OTHER]]])
    step = next(generate(request, generator, FakeClassifier(answers), clock=clock))
    assert step.seconds_left == pytest.approx(left)


def test_no_time_is_left_at_the_end():
    assert play(Request(4, accepted=1))[-1].seconds_left == 0


def test_a_run_without_texts_has_no_rate():
    step = play(Request(4, rounds=1), FakeGenerator([[]]))[-1]
    assert (step.rate, step.judged, step.run.ended) == (None, 0, "rounds")
    assert step.run.nearest == []


# --- nearest misses -----------------------------------------------------------------------------------------


def miss(index: int, predicted: int | None, probabilities=None, confidence=0.5, reason="stars") -> Review:
    return Review(index, 1, f"Text {index}", 4, predicted, confidence, probabilities, False, reason)


def test_the_nearest_misses_come_first():
    run = Run("id", Request(4), {})
    run.rejected = [
        miss(1, 1, (0.9, 0.1, 0, 0, 0)),
        miss(2, 3, (0.2, 0.2, 0.5, 0.1, 0)),
        miss(3, 3, (0, 0, 0.5, 0.4, 0.1)),
        miss(4, 3, (0, 0, 0.5, 0.4, 0.1), confidence=0.6),
        miss(5, 4, (0, 0, 0.2, 0.6, 0.2), reason="truncated"),
        miss(6, None, None, None, "empty"),
        miss(7, 4, (0, 0, 0, 1.0, 0), reason="copy"),
        miss(8, 4, (0, 0, 0, 1.0, 0), reason="near duplicate"),
    ]
    assert [review.index for review in run.nearest] == [5, 4, 3, 2, 1]


def test_there_are_no_nearest_misses_once_one_is_accepted():
    run = Run("id", Request(4), {})
    run.rejected = [miss(1, 3, (0, 0, 1.0, 0, 0))]
    run.accepted = [replace(miss(2, 4, (0, 0, 0, 1.0, 0)), accepted=True, reason="")]
    assert run.nearest == []


def test_nothing_accepted_raises_nothing():
    run = play(Request(4, rounds=1, round_size=5), FakeGenerator(), FakeClassifier([1, 2, 3, 2, 1]))[-1].run
    assert run.ended == "rounds"
    assert [review.predicted for review in run.nearest] == [3, 2, 2, 1, 1]


# --- without models -----------------------------------------------------------------------------------------


def test_the_loop_knows_no_torch_and_no_gradio():
    code = (
        "import sys, revdemo.generation.loop, revdemo.generation.ledger; "
        "print({'torch', 'gradio'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_rounds_are_sampled_together_while_that_many_are_probably_wanted():
    generator = FakeGenerator()
    request = Request(4, accepted=50, rounds=6, round_size=10, at_once=4)
    run = play(request, generator, FakeClassifier([4, 4, 4, 1] * 30))[-1].run
    assert [asked["n"] for asked in generator.history] == [40, 20]
    assert [review.round for review in run.reviews[:40:10]] == [1, 2, 3, 4]
    assert run.reviews[-1].round == 6


@pytest.mark.parametrize(("fields", "sizes"), [({"until_first": True}, [10] * 3), ({"rounds": 2}, [20])])
def test_rounds_are_not_sampled_together_beyond_what_was_asked(fields, sizes):
    generator = FakeGenerator()
    play(Request(4, **{"rounds": 3, "round_size": 10, "at_once": 3, **fields}), generator, FakeClassifier(1))
    assert [asked["n"] for asked in generator.history] == sizes


class Seated(FakeGenerator):
    """Lets texts begin while more are wanted, and gives up those that are hopeless."""

    refills = True

    def stream(self, stars, n, seed, *, should_stop, more, flaw, seats, pulse, **options):
        self.history.append({"n": n, "seed": seed, "seats": seats})
        begun = 0
        while begun < n and not should_stop():
            group = []
            while len(group) < seats and begun < n and more(begun):
                text = self._text() if begun % 5 else "I give it 8/10 and then some more words follow it."
                group.append(Sample(text))
                begun += 1
            if not group:
                return
            yield [Given(*one, flaw=why) if (why := flaw(one.text)) else one for one in group]


class Given(NamedTuple):
    text: str
    finished: bool
    tokens: int
    flaw: str


def test_a_generator_that_refills_its_seats_is_asked_once_and_begins_no_more_than_is_missing():
    generator = Seated()
    request = Request(4, accepted=30, rounds=50, round_size=10, at_once=2, seed=3)
    run = play(request, generator, FakeClassifier(4))[-1].run
    assert generator.history == [{"n": 500, "seed": round_seed(3, 1), "seats": 20}]
    assert run.ended == "target"
    assert len(run.reviews) <= 60
    assert [review.index for review in run.reviews] == list(range(1, len(run.reviews) + 1))
    assert "states score" in {review.reason for review in run.rejected}


def test_a_generator_that_refills_ends_with_the_rounds_and_is_not_asked_after_a_stop():
    request = Request(4, accepted=99, rounds=3, round_size=10, at_once=2)
    run = play(request, Seated(), FakeClassifier(1))[-1].run
    assert (run.ended, len(run.reviews), run.reviews[-1].round) == ("rounds", 30, 3)
    generator = Seated()
    assert play(request, generator, should_stop=lambda: True)[-1].run.ended == "stopped"
    assert generator.history == []


@pytest.mark.parametrize("fields", [{"at_once": 1}, {"at_once": 2, "until_first": True}])
def test_round_after_round_is_sampled_where_that_is_asked_for(fields):
    class Plain(FakeGenerator):
        refills = True

    generator = Plain()
    play(Request(4, accepted=99, rounds=2, round_size=5, **fields), generator, FakeClassifier(1))
    assert [asked["n"] for asked in generator.history] == [5, 5]


COPIED = "this is a sentence of the training text that goes on for well over thirteen words in a row"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A fine film, and I give it 8/10 for the songs alone", "states score"),
        ("I liked it. 9 out of 10", ""),  # people, perhaps
        (f"{COPIED} and then it has words of its own", "copy"),
        ("The opening of the user. A fine film with a warm heart and a dog", ""),
        ("", ""),
    ],
)
def test_a_text_is_hopeless_once_nothing_that_follows_can_save_it(text, reason):
    filtering = Filter(Request(4), FakeClassifier(), build_copy_index([COPIED]), None)
    assert filtering.hopeless(text) == reason


# --- one of each number of stars ----------------------------------------------------------------------------


def test_one_of_each_is_five_runs_of_one_accepted_review_and_a_stop_begins_no_other(tmp_path):
    from revdemo.generation.context import JobContext
    from revdemo.generation.job import one_of_each
    from revdemo.settings import Settings
    from tests.support.fakes_ui import SlowGenerator, WordClassifier

    settings = Settings(data_dir=tmp_path, cache=tmp_path, device="cpu")
    stopped = []
    context = JobContext(
        settings,
        stars=WordClassifier(),
        generator=SlowGenerator(pause=0),
        load_copies=lambda _: None,
        should_stop=lambda: bool(stopped),
    )
    asked = Request(5, accepted=7, seed=3, deadline=50)
    runs = {step.run.id: step.run for step in one_of_each(asked, context)}
    assert [run.request.stars for run in runs.values()] == [1, 2, 3, 4, 5]
    assert [len(run.accepted) for run in runs.values()] == [1] * 5
    assert {(run.request.seed, run.request.deadline) for run in runs.values()} == {(3, 10)}
    for step in one_of_each(asked, context):
        stopped.append(step)
    assert {step.run.request.stars for step in stopped} == {1}
