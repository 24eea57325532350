"""Long jobs: so many at work and waiting, each visitor in turn, and none that nobody follows."""

import contextlib
from types import SimpleNamespace

import gradio as gr
import pytest

from revdemo.settings import Settings
from revdemo.ui.services import jobs, visitors
from revdemo.ui.services.jobs import Job, Tickets
from revdemo.ui.services.visitors import Followers


@pytest.fixture
def line(tmp_path, monkeypatch):
    """Tickets with a clock to turn and the visitor who asks; `add(visitor)` gives a job and its key."""
    monkeypatch.setattr(jobs, "LOOK", 0.001)
    now, asking = [0.0], [""]
    monkeypatch.setattr(visitors, "current", lambda _: asking[0])
    limits = {"max_running": 2, "max_waiting": 4, "visitor_running": 1, "visitor_waiting": 2}
    settings = Settings(data_dir=tmp_path, cache=tmp_path, unfollowed=30, **limits)
    followers = Followers()
    followers.known = True
    tickets = Tickets(settings, followers, clock=lambda: now[0])
    monkeypatch.setattr(tickets, "_watch", lambda: None)  # the test looks after them itself

    def add(visitor: str, session: str | None = None) -> tuple[Job, str]:
        asking[0] = visitor
        job = Job(session=session or visitor)
        return job, tickets.add(job)

    return SimpleNamespace(tickets=tickets, followers=followers, now=now, add=add)


def stand(line, job):
    """Let a job stand in line; returns its wait, and whether its turn came at once."""
    wait = line.tickets.turn(job)
    return wait, next(wait, "over") == "over" and job.works


def came(wait, job):
    """Whether the turn of a waiting job comes now."""
    return next(wait, "over") == "over" and job.works


def test_one_visitor_may_have_so_many_jobs_and_is_told_what_to_do(line):
    for _ in range(3):
        line.add("A")
    with pytest.raises(gr.Error, match=r"You already have 3 jobs running or waiting.*stop one"):
        line.add("A")
    line.add("B")


def test_all_together_may_have_so_many_jobs(line):
    for visitor in "AABBCC":
        line.add(visitor)
    with pytest.raises(gr.Error, match=r"6 jobs are already running or waiting.*in a few minutes"):
        line.add("D")


def test_a_visitor_with_a_share_at_work_lets_others_pass(line):
    (first, _), (second, _), (other, _) = line.add("A"), line.add("A"), line.add("B")
    assert stand(line, first)[1]
    wait, at_once = stand(line, second)
    assert not at_once
    assert stand(line, other)[1], "the second place is not for who has the first"
    line.tickets.done(first)
    assert came(wait, second)


def test_turns_come_in_the_order_of_asking(line):
    held = [line.add(visitor)[0] for visitor in "ABCD"]
    waits = {visitor: stand(line, job) for visitor, job in zip("ABCD", held, strict=True)}
    assert [at_once for _, at_once in waits.values()] == [True, True, False, False]
    line.tickets.done(held[0])
    assert not came(waits["D"][0], held[3])
    assert came(waits["C"][0], held[2])
    line.tickets.done(held[1])
    assert came(waits["D"][0], held[3])


def test_a_job_that_was_stopped_while_it_waited_never_works(line):
    held = [line.add(visitor)[0] for visitor in "ABC"]
    wait = [stand(line, job)[0] for job in held][2]
    held[2].stop.set()
    assert not came(wait, held[2]) and held[2].over


def test_a_job_that_was_dropped_holds_its_turn_until_it_has_noticed(line):
    (first, key), (other, _), (third, _) = line.add("A"), line.add("B"), line.add("C")
    assert stand(line, first)[1] and stand(line, other)[1]
    line.tickets.drop(key)
    wait, at_once = stand(line, third)
    assert not at_once
    line.tickets.done(first)
    assert came(wait, third)


def test_a_job_that_nobody_follows_is_stopped(line):
    (alone, key), (followed, _) = line.add("A"), line.add("B", session="b's page")
    assert stand(line, alone)[1] and stand(line, followed)[1]
    with line.followers.following("b's page"):
        for line.now[0] in (10, 29, 31):
            line.tickets.sweep()
        assert alone.stop.is_set() and not followed.stop.is_set()
    line.tickets.done(alone)
    assert line.tickets.get(key) is alone, "its results may still be asked for"


def test_a_program_follows_by_its_event(line):
    job, _ = line.add("A")
    job.event = "event 7"
    stand(line, job)
    with line.followers.following("event 7"):
        line.now[0] = 31
        line.tickets.sweep()
    assert not job.stop.is_set()
    line.now[0] = 62
    line.tickets.sweep()
    assert job.stop.is_set()


def test_three_hundred_jobs_that_were_asked_for_and_never_followed_are_not_kept(line):
    for number in range(300):
        line.now[0] = number
        with contextlib.suppress(gr.Error):
            line.add("A")
        assert len(line.tickets._tickets) <= 6
    line.now[0] += 100
    line.tickets.sweep()
    assert not line.tickets._tickets


def test_results_that_nobody_asked_for_are_forgotten(line):
    job, key = line.add("A")
    stand(line, job)
    job.begun.set()
    line.tickets.done(job)
    for line.now[0], kept in ((599, True), (601, False)):
        line.tickets.sweep()
        assert (line.tickets.get(key) is job) is kept


def test_without_requests_to_count_nobody_is_taken_for_gone(line):
    line.followers.known = False
    job, _ = line.add("A")
    stand(line, job)
    line.now[0] = 1000
    line.tickets.sweep()
    assert not job.stop.is_set()


def test_two_streams_of_one_key_do_the_job_once(line):
    job, key = line.add("A")
    done = []

    def updates(held):
        with held.under_way():
            done.append(held)
            yield "an update"

    first = line.tickets.follow(key, updates)
    assert next(first) == "an update"
    assert list(line.tickets.follow(key, updates)) == [gr.skip()]
    assert list(first) == [] and done == [job] and job.ended.is_set()
    assert list(line.tickets.follow(key, updates)) == [gr.skip()], "what has ended does not begin again"


def test_a_stream_that_is_left_frees_its_turn(line):
    (first, key), (second, _) = line.add("A"), line.add("A")
    stream = line.tickets.follow(key, lambda _: iter(["one", "two"]))
    next(stream)
    wait, at_once = stand(line, second)
    assert not at_once
    stream.close()
    assert first.ended.is_set() and came(wait, second)


def test_closing_stops_every_job_and_takes_no_more(line):
    (at_work, _), (waiting, _) = line.add("A"), line.add("A")
    stand(line, at_work)
    assert line.tickets.close(patience=0.01) is False, "one is still at work"
    assert at_work.stop.is_set() and waiting.stop.is_set()
    line.tickets.done(at_work)
    assert line.tickets.close(patience=0.01) is True
    with pytest.raises(gr.Error, match="closing"):
        line.add("B")
