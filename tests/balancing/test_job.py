"""Balancing a table: gaps, plans, fills that go on, the estimate, the data set, and the command line."""

import io
import json
import os
from contextlib import closing
from types import SimpleNamespace

import pandas as pd
import pytest

import revdemo
from revdemo import cli
from revdemo.balancing import domain_gap
from revdemo.balancing.domain_gap import Distance
from revdemo.balancing.filling import estimate, fill, sample
from revdemo.balancing.job import BalanceRequest, plan_of
from revdemo.balancing.plan import Balanced, BalancePlan, Limits, gaps, held
from revdemo.errors import RevdemoError
from revdemo.generation import copies
from revdemo.generation.ledger import Ledger
from revdemo.models import classifier, generator
from revdemo.reviews import Prefix
from revdemo.tables import table as tables
from tests.support.fakes import FakeClassifier, source
from tests.support.fakes_balance import REAL, StarWriter, lopsided, star_of, tale

LACKING = {1: 2, 2: 6, 3: 4, 4: 3}


@pytest.fixture
def ledger(tmp_path):
    with closing(Ledger(tmp_path / "data" / "ledger.sqlite")) as found:
        yield found


@pytest.fixture
def plan(tmp_path):
    chosen = tables.open_chosen(lopsided(tmp_path / "mine.csv"))
    return plan_of(BalanceRequest(chosen), tables.labelled(chosen))


def judge() -> FakeClassifier:
    return FakeClassifier(star_of)


def run(plan, ledger, writer=None, owner="ann", **options):
    """All of a fill, and what the ledger has of it after."""
    writer = writer or StarWriter()
    steps = list(fill(plan, writer, judge(), ledger, owner, **options))
    return steps, held(plan, writer, judge(), ledger, owner)


# --- gaps and plans ---


@pytest.mark.parametrize(
    ("stars", "level", "lacking"),
    [
        ([5, 5, 5, 1], None, {1: 2, 2: 3, 3: 3, 4: 3, 5: 0}),
        ([5, 5, 5, 1], 2, {1: 1, 2: 2, 3: 2, 4: 2, 5: 0}),
        ([1, 2, 3, 4, 5], None, dict.fromkeys(range(1, 6), 0)),
        ([], 3, dict.fromkeys(range(1, 6), 3)),
    ],
)
def test_gaps(stars, level, lacking):
    assert gaps(stars, level) == lacking


def test_a_plan_counts_the_labelled_rows_alone(plan):
    assert {star: gap for star, gap in plan.gaps.items() if gap} == LACKING == plan.wanted
    assert len(plan.texts) == sum(REAL.values())


def test_a_cap_fills_less_and_says_which_gaps_are_larger(plan):
    capped = BalancePlan(plan.texts, plan.stars, limits=Limits(accepted=3))
    assert capped.wanted == {1: 2, 2: 3, 3: 3, 4: 3}
    assert capped.over == {2: 6, 3: 4}


@pytest.mark.parametrize(
    ("stars", "options", "message"),
    [
        ([1, 2, 3, 4, 5], {}, "No star lacks a review"),
        ([5, 5], {"tolerance": 3}, "tolerance is 3"),
        ([5, 5], {"opening": "So"}, "opening cannot be set here"),
    ],
)
def test_a_plan_that_cannot_be_filled_says_why(stars, options, message):
    with pytest.raises(RevdemoError, match=message):
        BalancePlan(["a"] * len(stars), stars, options=options)


# --- filling ---


def test_a_fill_writes_just_what_each_star_lacks(plan, ledger):
    steps, found = run(plan, ledger, StarWriter(off=4))
    reviews = found.reviews(plan)
    assert {star: sum(one.requested == star for one in reviews) for star in LACKING} == LACKING
    assert all(one.accepted and one.predicted == one.requested for one in reviews)
    assert found.missing(plan) == {}
    assert [step.ended for step in steps if step.ended] == ["target"] * 4
    assert steps[-1].seconds_left == 0
    assert len(ledger.runs("ann")) == 4


def test_a_review_that_repeats_a_real_one_is_rejected(tmp_path, ledger):
    plan = BalancePlan([tale(1, 1), tale(2, 5), tale(3, 5)], [1, 5, 5], level=2)
    _, found = run(plan, ledger)  # its writer begins with the tales 1, 2, 3 of star 1
    first = ledger.reviews(found.runs[1][0].id, "ann")
    assert (first[0].text, first[0].reason) == (tale(1, 1), "duplicate")
    assert first[1].reason == "near duplicate"  # of a real one of five stars, which ends in another letter
    assert tale(1, 1) not in {one.text for one in found.reviews(plan)}


def test_no_star_repeats_a_review_of_another_one(plan, ledger):
    class Same(StarWriter):
        def _next(self, stars):
            self.written = self.written % 12
            return super()._next(stars)

    _, found = run(BalancePlan(plan.texts, plan.stars, limits=Limits(rounds=1)), ledger, Same())
    texts = [" ".join(one.text.split()[:11]) for one in found.reviews(plan)]
    assert len(texts) == len(set(texts)) > 5


def test_a_stopped_fill_goes_on_from_what_it_has(plan, ledger):
    plan = BalancePlan(plan.texts, plan.stars, level=20)
    stop, writer = [], StarWriter(off=3)
    writer.before = lambda written: stop.append(True) if written >= 15 else None
    steps, before = run(plan, ledger, writer, should_stop=lambda: bool(stop))
    assert steps[-1].ended == "stopped"
    have = [one.text for one in before.reviews(plan)]
    assert 0 < len(have) < 16

    _, after = run(plan, ledger, StarWriter(start=100))
    assert after.missing(plan) == {}
    assert set(have) <= {one.text for one in after.reviews(plan)}
    written = sum(after.judged.values()) - sum(before.judged.values())
    assert written <= 85 - len(have) + 4 * 5  # whole groups, and no star anew
    seeds = [summary.request.seed for summary in ledger.runs("ann")]
    assert len(seeds) == len(set(seeds))


@pytest.mark.parametrize("end", ["failed", "closed"])
def test_a_fill_that_breaks_off_loses_nothing(plan, ledger, end):
    def fail(written):
        if written >= 10 and end == "failed":
            raise RuntimeError("the generator broke")

    steps = fill(plan, StarWriter(before=fail), judge(), ledger, "ann")
    shown = []
    try:
        for step in steps:
            shown += [one.text for one in step.new if one.accepted]
            if end == "closed" and len(shown) >= 5:
                steps.close()
    except RuntimeError:
        assert end == "failed"
    assert shown
    kept = held(plan, StarWriter(), judge(), ledger, "ann")
    assert set(shown) <= {one.text for reviews in kept.accepted.values() for one in reviews}
    _, after = run(plan, ledger, StarWriter(start=200))
    assert after.missing(plan) == {}


def test_another_level_keeps_the_reviews_and_another_seed_begins_anew(plan, ledger):
    _, found = run(plan, ledger)
    higher = BalancePlan(plan.texts, plan.stars, level=9)
    assert held(higher, StarWriter(), judge(), ledger, "ann").accepted == found.accepted
    for other in (
        BalancePlan(plan.texts, plan.stars, seed=1),
        BalancePlan(plan.texts, plan.stars, options={"tolerance": 1}),
        BalancePlan([*plan.texts[:-1], "Changed."], plan.stars),
    ):
        assert not any(held(other, StarWriter(), judge(), ledger, "ann").accepted.values())


def test_a_plan_is_not_filled_with_another_owners_reviews(plan, ledger):
    run(plan, ledger)
    assert not any(held(plan, StarWriter(), judge(), ledger, "bob").accepted.values())


def test_other_models_begin_anew(plan, ledger):
    run(plan, ledger)
    writer = StarWriter()
    writer.source.revision = "another"
    assert not any(held(plan, writer, judge(), ledger, "ann").accepted.values())


def test_the_same_plan_gives_the_same_seeds_in_a_fresh_ledger(plan, ledger, tmp_path):
    first, second = StarWriter(), StarWriter()
    run(plan, ledger, first)
    with closing(Ledger(tmp_path / "other.sqlite")) as other:
        run(plan, other, second)
    assert [ask["seed"] for ask in first.history] == [ask["seed"] for ask in second.history]
    assert len({ask["seed"] for ask in first.history}) == 4


def test_a_star_of_which_nothing_is_accepted_is_given_up(ledger):
    plan = BalancePlan([tale(1, 5), tale(2, 5)], [5, 5], level=2, limits=Limits(accepted=1))
    steps, found = run(plan, ledger, StarWriter(off=1))
    assert [step.ended for step in steps if step.ended] == ["rounds"] * 4
    assert found.judged[1] == 60  # 50 for each missing one, in whole rounds
    assert found.missing(plan) == dict.fromkeys((1, 2, 3, 4), 1)


# --- sample and estimate ---


def test_the_sample_is_a_few_of_each_lacking_star_and_counts_towards_the_fill(plan, ledger):
    writer = StarWriter(off=5)
    steps = list(sample(plan, writer, judge(), ledger, "ann"))
    assert [(ask["stars"], ask["n"]) for ask in writer.history] == [(star, 5) for star in LACKING]
    found = steps[-1].held
    assert found.judged == {1: 5, 2: 5, 3: 5, 4: 5, 5: 0}
    assert found.missing(plan) == {2: 2}
    _, after = run(plan, ledger, writer)
    assert [ask["stars"] for ask in writer.history[4:]] == [2]
    assert after.missing(plan) == {}


def test_the_estimate_comes_from_rate_and_pace(ledger):
    plan = BalancePlan([tale(n, 5) for n in range(1, 101)], [5] * 100)
    last = list(sample(plan, StarWriter(off=2, start=1000), judge(), ledger, each=10))[-1]
    found = estimate(plan, last.held, judged=40, seconds=20)
    assert found.pace == 2
    assert found.missing == dict.fromkeys((1, 2, 3, 4), 95)
    assert found.rates[1].value == 0.5
    assert found.seconds == pytest.approx(4 * 95 / 0.5 / 2)
    assert found.low < found.seconds < found.high


def test_without_an_accepted_review_the_estimate_has_no_end(ledger):
    plan = BalancePlan([tale(1, 5)], [5])
    last = list(sample(plan, StarWriter(off=1), judge(), ledger))[-1]
    found = estimate(plan, last.held, judged=20, seconds=10)
    assert found.seconds is None and found.high is None and found.low > 0


def test_nothing_judged_is_no_ground_for_an_estimate(plan, ledger):
    with pytest.raises(RevdemoError, match="Nothing has been judged"):
        estimate(plan, held(plan, StarWriter(), judge(), ledger, "ann"), 0, 0)


# --- the data set, from Python ---


@pytest.fixture
def fakes(monkeypatch, tmp_path):
    """Fakes for the models, and folders of its own; a writer is kept between commands."""
    for name in [name for name in os.environ if name.startswith("REVDEMO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REVDEMO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(classifier, "load_stars", lambda settings: judge())
    monkeypatch.setattr(copies, "load_copies", lambda source: None)
    writer = StarWriter(off=4)
    monkeypatch.setattr(generator, "load_generator", lambda settings: writer)
    monkeypatch.setattr(domain_gap, "measure", lambda *_, **__: Distance(30, 1.5, 1.4, 1.6, 1.2))
    return writer


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_real_and_synthetic_rows_are_saved_together_and_told_apart(fakes, tmp_path, kind):
    made = revdemo.balance(lopsided(tmp_path / "mine.csv"), tmp_path / "out", kind=kind, seed=3)
    assert made.missing == {}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["README.md", f"data.{kind}"]
    table = tables.read_table(tmp_path / "out" / f"data.{kind}")
    synthetic = table["synthetic"].astype(str) == "True"
    assert synthetic.sum() == sum(LACKING.values())
    assert set(table["stars"].astype(int).value_counts()) == {6}
    real, ours = table[~synthetic], table[synthetic]
    own = ["id", "Text", "score", "note"]
    wanted = pd.read_csv(tmp_path / "mine.csv", dtype=str, keep_default_na=False)[:-2]  # both lack something
    if kind == "csv":
        wanted = wanted.assign(note="'=1+1")  # no spreadsheet runs it
    assert real[own].astype(str).to_dict("records") == wanted.to_dict("records")
    assert (real["review"] == real["Text"]).all()
    assert ours[own].isna().all(axis=None) or (ours[own] == "").all(axis=None)
    assert (ours["requested"].astype(int) == ours["predicted"].astype(int)).all()
    assert (ours["confidence"].astype(float) == 0.8).all()


def test_datasets_loads_the_folder(fakes, tmp_path):
    from datasets import load_dataset

    revdemo.balance(lopsided(tmp_path / "mine.csv"), tmp_path / "out")
    data = load_dataset(str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(data) == 30 and data["synthetic"].count(False) == 15
    assert {"review", "stars", "id", "note"} <= set(data.column_names)


def test_a_column_called_like_one_of_ours_is_kept_under_another_name(fakes, tmp_path):
    path = lopsided(tmp_path / "mine.csv", stars="many", review="none", stars_original="old")
    revdemo.balance(path, tmp_path / "out", text="Text", rating="score")
    table = tables.read_table(tmp_path / "out" / "data.parquet")
    assert set(table["stars_original_"].dropna()) == {"many"}
    assert set(table["stars_original"].dropna()) == {"old"}
    assert "`stars` of the table is called `stars_original_` here" in (tmp_path / "out/README.md").read_text()


def test_mixed_values_of_a_json_table_become_text_in_parquet(fakes, tmp_path):
    rows = [{"text": tale(n, 5), "stars": 5, "extra": [1, "a", None, [{"k": 1}]][n % 4]} for n in range(8)]
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    revdemo.balance(path, tmp_path / "out", level=8)
    table = tables.read_table(tmp_path / "out" / "data.parquet")
    assert set(table["extra"].dropna()) == {"1", "a", '[{"k": 1}]'}


def test_an_unlabelled_table_is_refused_before_a_model_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(generator, "load_generator", lambda settings: pytest.fail("loaded"))
    path = tmp_path / "mine.csv"
    path.write_text("text\nGood enough for me, I think.\n", encoding="utf-8")
    with pytest.raises(RevdemoError, match="no column of ratings"):
        revdemo.balance(path, tmp_path / "out")


def test_the_zip_is_whole_and_lies_in_a_folder_nobody_guesses(tmp_path):
    from zipfile import ZipFile

    from revdemo.balancing.dataset import archive

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "README.md").write_text("x", encoding="utf-8")
    path = archive(tmp_path / "data", tmp_path / "cache")
    assert path.name == "revdemo-balanced.zip" and len(path.parent.name) == 32
    assert ZipFile(path).namelist() == ["README.md"]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


# --- the command line ---


def command(*arguments) -> int:
    return cli.main(["balance", *map(str, arguments)])


def test_balance_says_gaps_distance_and_estimate_then_fills(fakes, tmp_path, capsys):
    path, out = lopsided(tmp_path / "mine.csv"), tmp_path / "out"
    assert command(path, "--out", out, "--level", 12, "--yes") == 0
    said = capsys.readouterr().out
    assert "2 stars: 0 reviews, 12 missing" in said
    assert "does not look like what this generator writes: 1.50 bits per byte" in said
    assert "[1 requested, 1 predicted: accepted]" in said and "rejected (stars)" in said
    assert "accepted, 7 still missing" in said or "accepted, 8 still missing" in said
    assert "reviews per second; in total about" in said
    assert "Accepted: 45 of 45 are there." in said
    assert len(tables.read_table(out / "data.parquet")) == 60


def test_sample_only_writes_no_data_set_and_counts_later(fakes, tmp_path, capsys):
    path = lopsided(tmp_path / "mine.csv")
    assert command(path, "--level", 12, "--sample-only", "--sample", 2) == 0
    assert fakes.written == 10 and "Accepted" not in capsys.readouterr().out
    assert command(path, "--level", 12, "--out", tmp_path / "out", "--yes") == 0
    said = capsys.readouterr().out
    assert "Resuming from what an earlier fill wrote" in said and "requested" not in said


def test_without_yes_and_without_a_terminal_nothing_is_filled(fakes, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert command(lopsided(tmp_path / "mine.csv"), "--level", 12, "--out", tmp_path / "out") == 0
    assert "Add --yes" in capsys.readouterr().out
    assert not (tmp_path / "out" / "data.parquet").exists()


def test_after_ctrl_c_the_same_command_goes_on(fakes, tmp_path, capsys):
    import signal

    path, out = lopsided(tmp_path / "mine.csv"), tmp_path / "out"

    def interrupt(written):
        if written == 45:
            os.kill(os.getpid(), signal.SIGINT)

    fakes.before = interrupt
    assert command(path, "--out", out, "--level", 20, "--yes") == 130
    said = capsys.readouterr().out
    assert "The same command resumes from here." in said
    first = set(tables.read_table(out / "data.parquet")["review"])
    assert 15 < len(first) < 100
    fakes.before = lambda _: None
    assert command(path, "--out", out, "--level", 20, "--yes") == 0
    table = tables.read_table(out / "data.parquet")
    assert len(table) == 100 and first <= set(table["review"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--yes"], "Name a folder with --out"),
        (["--sample-only", "--sample", "0"], "The sample is 0 reviews per star"),
        (["--sample-only", "--column", "nothing"], "nothing"),
        (["--sample-only", "--level", "1"], "lacks a review|1 missing"),
    ],
)
def test_a_mistake_is_said_and_ends_with_status_2(fakes, tmp_path, capsys, arguments, message):
    path = lopsided(tmp_path / "mine.csv")
    if "--level" in arguments:  # every star has one but the second
        path.write_text(path.read_text().replace("1-00", "x") + f'2-00,"{tale(77, 2)}",2,\n')
    assert command(path, *arguments) == 2
    assert message.split("|")[0] in capsys.readouterr().err


def test_balanced_is_what_the_ledger_has(plan, ledger):
    _, found = run(plan, ledger)
    made = Balanced(plan, found)
    assert len(made.reviews) == sum(LACKING.values()) and made.missing == {}


# --- the kind of a table ------------------------------------------------------------------------------------

HOTEL = ["The room was above the lobby.", "A quiet hotel, the bed was fine.", "Breakfast was cold."]


def taught(*templates: str) -> SimpleNamespace:
    return SimpleNamespace(prefix=Prefix(*templates), source=source("generator"))


KINDLY = taught("A {kind} review of {stars}.", "A {kind} review.")


@pytest.mark.parametrize(
    ("generator", "options", "kind"),
    [
        (KINDLY, {}, "hotel"),
        (KINDLY, {"kind": None}, "hotel"),
        (KINDLY, {"kind": "book"}, "book"),
        (taught(), {}, None),
        (SimpleNamespace(), {}, None),
    ],
    ids=["guessed", "not given", "given", "a generator without kinds", "a fake without a prefix"],
)
def test_the_kind_of_a_table_is_guessed_where_the_generator_knows_kinds(generator, options, kind):
    plan = BalancePlan(HOTEL, [1, 1, 5], options=options).about(generator)
    assert plan.options.get("kind") == kind
    assert plan.request(5, 1, 0).kind == kind


def test_a_plan_of_another_kind_begins_anew():
    plans = [
        BalancePlan(HOTEL, [1, 1, 5], options=options)
        for options in ({}, {"kind": "hotel"}, {"kind": "book"})
    ]
    classifier = SimpleNamespace(source=source("stars"))
    assert len({plan.key(KINDLY, classifier) for plan in plans}) == 3


def test_a_kind_that_does_not_exist_is_refused():
    with pytest.raises(RevdemoError, match="must be one of film, product"):
        BalancePlan(HOTEL, [1, 1, 5], options={"kind": "lighthouse"})
