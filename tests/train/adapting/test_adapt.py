"""Adapting to a table: how it is cut, what is trained, stopped and resumed, and what the report says."""

import json
import os
import signal

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from revdemo.balancing import domain_gap
from revdemo.errors import RevdemoError
from revdemo.evaluation.results.adapted import AdaptedFile, Generated
from revdemo.generation.copies import build_copy_index, load_copies
from revdemo.models.classifier import load_stars
from revdemo.models.generator import load_generator
from revdemo.models.likelihood import Likelihood
from revdemo.models.weights.registry import read_config
from revdemo.tables.table import open_chosen
from tests.support.tables_adapt import SAYS, reviews, write_recipes, write_start
from train import adapt
from train.adapting import fit, timing
from train.adapting import report as adapt_report
from train.adapting.follow import Follow, ProgressFile, Stop
from train.data.table import SHARES, at_most, cut_rows, read_rows
from train.fitting.recipes import FOLDER, GeneratorRecipe, StarsRecipe, load_recipe

TEXT = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"


@pytest.fixture(autouse=True)
def signals():
    """Adapting takes the signals over; give them back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def save(table: pd.DataFrame, folder, name: str = "reviews.csv"):
    path = folder / name
    table.to_csv(path, index=False)
    return path


def rows_of(table: pd.DataFrame, folder, group: str | None = None, limit: int | None = None) -> pd.DataFrame:
    return read_rows(open_chosen(save(table, folder)), group, limit, seed=0)


# --- the table ----------------------------------------------------------------------------------------------


def test_ratings_of_any_scale_become_stars_and_what_is_left_out_is_counted(tmp_path):
    table = reviews(24).assign(rating=lambda own: own["rating"] * 2)
    more = [
        ("Good good good, 8 out of 10 from me.", 8, "x"),
        (table["review"][0].upper(), 2, "x"),
        ("Good and f*** awful all the way through.", 4, "x"),
        ("Meh.", 6, "x"),
        ("It has no rating at all.", None, "x"),
    ]
    table = pd.concat([table, pd.DataFrame(more, columns=table.columns)])
    rows = rows_of(table, tmp_path, "item")
    assert rows["stars"].value_counts().to_dict() == {1: 24, 2: 24, 3: 24, 4: 25, 5: 24}
    assert rows["text"].iloc[-1] == "Good good good, from me."
    assert rows["text_scored"].iloc[-1] == "Good good good, 8 out of 10 from me."
    assert rows.attrs["dropped"] == {
        "no rating": 1,
        "duplicate": 1,
        "censored insult": 1,
        "under 3 words after cleaning": 1,
    }


def test_no_item_and_no_near_copy_is_in_two_parts_and_every_star_is_shared_out(tmp_path):
    table = reviews(40)
    copies = table.head(20).assign(review=lambda own: own["review"] + " Bought again.", item="")
    copies["item"] = [f"copy {number}" for number in range(20)]
    parts = cut_rows(rows_of(pd.concat([table, copies]), tmp_path, "item"), seed=0)
    assert set(parts) == set(SHARES)
    owner = {}
    for name, part in parts.items():
        assert part["stars"].nunique() == 5
        for item in part["movie_id"]:
            assert owner.setdefault(item, name) == name
    place = {text: name for name, part in parts.items() for text in part["text"]}
    for text in copies["review"]:
        assert place[text] == place[text.removesuffix(" Bought again.")]
    size = {name: len(part) for name, part in parts.items()}
    assert sum(size.values()) == 220
    assert size["train"] == pytest.approx(110, abs=12) and size["test"] == pytest.approx(44, abs=10)


def test_of_a_table_that_is_too_long_rare_stars_are_kept(tmp_path):
    table = pd.concat([reviews(80, (5,)), reviews(22, (1, 2), seed=1)])
    rows = rows_of(table, tmp_path, limit=100)
    assert rows["stars"].value_counts().to_dict() == {5: 56, 1: 22, 2: 22}
    assert rows.attrs["dropped"] == {"over the limit": 24}
    assert rows.attrs["mix"] == pytest.approx([22 / 124, 22 / 124, 0, 0, 80 / 124])


@pytest.mark.parametrize(
    ("table", "group", "message"),
    [
        (
            pd.concat([reviews(30, (4, 5)), reviews(3, (1, 2), seed=1)]),
            None,
            "only 3 of 1 star, 3 of 2 stars",
        ),
        (reviews(60, (5,)), None, "the same stars"),
        (reviews(30).drop(columns="rating"), None, "no column of ratings"),
        (reviews(30), "product", "no column 'product'"),
        (reviews(30).assign(item="one"), "item", "Name another --group, or none"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(tmp_path, table, group, message):
    with pytest.raises(RevdemoError, match=message):
        cut_rows(rows_of(table, tmp_path, group), seed=0)


# --- which reviews, and which calibration -------------------------------------------------------------------


def part(table: pd.DataFrame) -> pd.DataFrame:
    own = table.rename(columns={"review": "text", "rating": "stars", "item": "movie_id"})
    return own.assign(source="table", stars=own["stars"].astype(int))


@pytest.mark.parametrize("name", ["stars", "stars-gpu", "generator", "generator-gpu"])
def test_the_shipped_recipes_go_on_from_the_starters(name):
    kind = StarsRecipe if name.startswith("stars") else GeneratorRecipe
    recipe = load_recipe(kind, str(FOLDER / "adapt" / f"{name}.yaml"))
    start = fit.start_folder(recipe)
    saved = json.loads((start / "adapter_config.json").read_text())
    assert (start / "adapter_model.safetensors").exists() and saved["r"] == recipe.rank
    assert recipe.base == read_config(start)["base"]


def test_prefix_and_sampling_stay_those_of_the_generator_one_starts_from(tmp_path):
    start = write_start(tmp_path)
    recipe = fit.read_recipes(write_recipes(tmp_path / "recipes", start), ["generator"])["generator"]
    assert recipe.prefix == "Review of {stars} out of 5 stars, {word}."
    assert (recipe.temperature, recipe.top_p, recipe.min_p) == (0.7, 0.9, 0.02)


def test_the_generator_learns_the_stars_that_there_are_evenly_and_no_more_than_asked():
    rows = part(pd.concat([reviews(60, (5,)), reviews(20, (1, 4), seed=1)]))
    recipe = GeneratorRecipe(base="x", mode="adapter", rows=45, min_words=5)
    chosen = fit.generator_rows(rows, recipe)
    assert chosen["stars"].value_counts().to_dict() == {1: 15, 4: 15, 5: 15}
    assert not chosen["text"].duplicated().any()
    with pytest.raises(RevdemoError, match=r"No review of 1, 4, 5 stars has 50 to 60 words"):
        fit.generator_rows(rows, recipe.model_copy(update={"min_words": 50, "max_words": 60}))


def test_a_star_that_the_table_lacks_keeps_its_bias():
    draw = np.random.default_rng(0)
    labels = draw.choice([0, 4], size=200, p=[0.2, 0.8])
    logits = draw.normal(size=(200, 5)) + 2 * np.eye(5)[labels]
    found = fit.fit(logits, labels, [2, 3, 4], None)
    assert found.shift[[1, 2, 3]].tolist() == [0, 0, 0]
    assert found.shift[4] > 0 > found.shift[0]
    assert np.isfinite(found.loss) and found.weight == 0


def test_an_n_gram_model_that_knows_the_stars_fits_better_than_one_that_does_not():
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 5, size=200)
    logits = draw.normal(size=(200, 5)) + np.eye(5)[labels]
    knows, guesses = 3 * np.eye(5)[labels] + draw.normal(size=(200, 5)), draw.normal(size=(200, 5))
    assert fit.fit(logits, labels, [], knows).loss < fit.fit(logits, labels, [], guesses).loss


def test_copies_of_the_table_and_of_the_starters_texts_are_both_found(tmp_path):
    build_copy_index([TEXT]).save(tmp_path / "copies.npz")
    own = "so this dress was far too long for me and it came in a box that smelled"
    index = fit.copy_index([own], tmp_path)
    assert index.is_copy(TEXT) and index.is_copy(own)
    assert not index.is_copy(
        "a review of something else that nobody has ever written down before today, at all"
    )


# --- how long -----------------------------------------------------------------------------------------------


def test_the_minutes_decide_how_many_reviews():
    timed = {"stars": timing.Timed(0.02, 10.0), "generator": timing.Timed(0.5, 20.0)}
    rows = {"stars": 1500, "generator": 600}
    cut = timing.fit_rows(timed, rows, 150)
    assert cut == {"stars": 545, "generator": 218}  # 120 s left of 330
    assert 148 < sum(timed[role].of(n) for role, n in cut.items()) <= 150
    found = {"timed": timed, "rows": rows, "most": {"stars": 2000, "generator": 700}, "report": 30.0}
    assert timing.fitted(found, None, 12.0) == rows
    assert timing.fitted(found, 3.2, 12.0) == cut
    assert timing.fitted(found, 60, 12.0) == {"stars": 2000, "generator": 700}
    with pytest.raises(RevdemoError, match=r"takes at least 1\.8"):
        timing.fitted(found, 1.5, 12.0)


# --- end to end ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return write_start(tmp_path_factory.mktemp("start"))


@pytest.fixture(scope="module")
def arguments(tmp_path_factory, start):
    folder = tmp_path_factory.mktemp("adapt")
    table = save(reviews(30), folder)
    recipes = write_recipes(folder / "recipes", start)
    return [str(table), "--group", "item", "--recipes", str(recipes), "--generate", "2"]


@pytest.fixture(scope="module")
def clean_environment():
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("REVDEMO_")}
    os.environ["REVDEMO_DEVICE"] = "cpu"
    yield
    del os.environ["REVDEMO_DEVICE"]
    os.environ.update(kept)


@pytest.fixture(scope="module")
def adapted(arguments, tmp_path_factory, clean_environment):
    """A table adapted to, once, without a stop."""
    out = tmp_path_factory.mktemp("models") / "mine"
    assert adapt.main([*arguments, "--out", str(out)]) == 0
    return out


def progress(out) -> list[dict]:
    return [json.loads(line) for line in (out / "progress.jsonl").read_text().splitlines()]


def test_the_models_load_in_the_app_and_its_loop_knows_the_tables_texts(adapted, settings, arguments):
    own = settings.model_copy(
        update={"stars_model": str(adapted / "stars"), "generator": str(adapted / "generator")}
    )
    assert load_stars(own).predict(["Slow, but the ending earns it."])[0].stars in range(1, 6)
    writer = load_generator(own)
    assert writer.template == "Review of {stars} out of 5 stars, {word}."
    assert len(writer.sample(stars=2, n=3, seed=1)) == 3
    copies = load_copies(writer.source)
    long = [text for text in pd.read_csv(arguments[0])["review"] if len(text.split()) > 13]
    found = sum(copies.is_copy(text) for text in long)
    assert 0.3 * len(long) < found < 0.7 * len(long), "the texts of the training part, and no others"
    assert not (adapted / "stars" / "checkpoints").exists()


def test_the_generator_knows_how_well_it_predicts_such_a_table(adapted, settings, arguments):
    writer = load_generator(settings.model_copy(update={"generator": str(adapted / "generator")}))
    table = pd.read_csv(arguments[0])
    own = domain_gap.measure(
        writer, table["review"].tolist(), table["rating"].clip(1, 5).astype(int).tolist()
    )
    assert own.reference == read_config(adapted / "generator")["bits_per_byte"]
    assert own.ratio == pytest.approx(1, abs=0.2) and not own.far
    other = domain_gap.measure(writer, ["xq zvw kjj qqx wvz jkx zzq"] * 3, [3, 3, 3])
    assert other.ratio > own.ratio


def test_the_report_has_every_figure_with_its_interval(adapted):
    report = json.loads((adapted / "adapt.json").read_text())
    for side in ("before", "after"):
        assert {"value", "low", "high"} == set(report["stars"][side]["exact"]["accuracy"])
        written = report["generated"][side]
        assert written["n"] == 10 and set(written["acceptance"]["by_stars"]) == set("12345")
        assert sum(written["rejected"].values()) <= 10
    assert report["stars"]["difference"]["mae"]["low"] <= report["stars"]["difference"]["mae"]["high"]
    bits = report["generator"]
    gain = bits["bits_per_byte"]["after"]["value"] - bits["bits_per_byte"]["before"]["value"]
    assert bits["difference"]["bits_per_byte"]["value"] == pytest.approx(gain)
    assert gain < 0, "four steps on such texts help a random model"
    assert report["models"]["before"]["stars"]["revision"] != report["models"]["after"]["stars"]["revision"]
    assert report["rows"] == {"stars": 64, "generator": 64}
    assert (
        sum(sum(own.values()) for own in report["table"]["parts"].values()) == report["table"]["kept"] == 150
    )
    assert adapt_report.summary(AdaptedFile.model_validate(report)).count("\n") >= 12


def test_the_progress_can_be_followed(adapted):
    lines = progress(adapted)
    assert lines[0]["state"] == "started" and lines[0]["pid"] == os.getpid()
    assert lines[-1]["state"] == "done"
    for role in ("stars", "generator"):
        steps = [line for line in lines if line.get("role") == role and line["steps"]]
        assert steps[-1]["step"] == steps[-1]["steps"] == 4
        assert steps[-1]["seconds_left"] == 0 and steps[-1]["loss"] > 0
    assert {line["what"] for line in lines if line.get("role") == "report"} >= {
        "writing before",
        "writing after",
    }


@pytest.mark.parametrize(("role", "step"), [("stars", 1), ("generator", 3)])
def test_what_was_stopped_goes_on_and_ends_the_same(adapted, arguments, tmp_path, monkeypatch, role, step):
    command = [*arguments, "--out", str(tmp_path / "out")]
    original = Follow.on_step_end

    def on_step_end(self, args, state, control, **kwargs):
        if self.role == role and state.global_step == step:
            os.kill(os.getpid(), signal.SIGTERM)
        original(self, args, state, control, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Follow, "on_step_end", on_step_end)
        assert adapt.main(command) == adapt.STOPPED
    assert progress(tmp_path / "out")[-1]["state"] == "stopped"
    assert (tmp_path / "out" / role / "checkpoints" / f"checkpoint-{step}").exists()
    assert not (tmp_path / "out" / role / "revdemo.json").exists()
    assert adapt.main(command) == 0
    for own in ("stars", "generator"):
        first, second = (
            load_file(one / own / "adapter_model.safetensors") for one in (adapted, tmp_path / "out")
        )
        assert all((first[name] == second[name]).all() for name in first)


def test_a_folder_of_another_run_is_refused_until_asked_to_begin_again(adapted, arguments, capsys):
    command = [*arguments, "--out", str(adapted)]
    assert adapt.main([*command, "--seed", "1"]) == 2
    assert "with other settings (seed, recipes_read). Add --fresh" in capsys.readouterr().err
    assert progress(adapted)[-1]["state"] == "failed"
    assert (adapted / "stars" / "revdemo.json").exists()


def test_the_estimate_is_measured_and_trains_nothing(arguments, tmp_path, capsys, clean_environment):
    assert adapt.main([*arguments, "--out", str(tmp_path), "--estimate"]) == 0
    said = json.loads((tmp_path / "estimate.json").read_text())
    assert {role: own["rows"] for role, own in said["roles"].items()} == {"stars": 64, "generator": 64}
    assert all(own["minutes"] >= 0 for own in said["roles"].values()) and said["report"] > 0
    assert "64 reviews" in capsys.readouterr().out
    assert not (tmp_path / "stars").exists() and not (tmp_path / "plan.json").exists()


def test_an_estimate_stops_after_a_step(arguments, tmp_path, monkeypatch, clean_environment):
    began = timing.Clock.on_step_begin

    def on_step_begin(self, *arguments, **options):
        began(self, *arguments, **options)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(timing.Clock, "on_step_begin", on_step_begin)
    assert adapt.main([*arguments, "--out", str(tmp_path), "--estimate"]) == adapt.STOPPED
    assert progress(tmp_path)[-2]["what"] == "stars"
    assert not (tmp_path / "estimate.json").exists()


def test_too_few_minutes_and_missing_files_are_said(arguments, tmp_path, capsys, clean_environment):
    assert adapt.main([*arguments, "--out", str(tmp_path), "--minutes", "0"]) == 2
    assert "--minutes is 0.0, and must be 0.1 or more" in capsys.readouterr().err
    assert adapt.main(["nowhere.csv", "--out", str(tmp_path)]) == 2
    assert "There is no table at nowhere.csv" in capsys.readouterr().err


def test_a_table_of_two_stars_adapts_the_classifier_alone(start, tmp_path, clean_environment):
    table = save(reviews(40, (1, 5)), tmp_path)
    recipes = write_recipes(tmp_path / "recipes", start)
    out = tmp_path / "out"
    command = [str(table), "--scale", "5", "--roles", "stars", "--recipes", str(recipes), "--out", str(out)]
    assert adapt.main(command) == 0
    report = json.loads((out / "adapt.json").read_text())
    assert report["table"]["missing_stars"] == [2, 3, 4]
    assert set(report["stars"]["by_star"]) == {"1", "5"}
    assert "generator" not in report and not (out / "generator").exists()


# --- the report's arithmetic --------------------------------------------------------------------------------


def test_the_classifiers_are_compared_on_the_same_reviews():
    test = pd.DataFrame({"stars": [1, 2, 3, 4, 5] * 8, "movie_id": [str(i) for i in range(40)]})
    sure = np.eye(5)[test["stars"] - 1]
    wrong = np.where(test["stars"] == 5, 3, test["stars"])
    answers = {"before": (wrong, np.eye(5)[wrong - 1]), "after": (test["stars"].to_numpy(), sure)}
    found = adapt_report.measure_stars(test, answers, [0, 0, 0, 0, 1.0])
    assert found["n"] == 40 and found["by_star"] == {str(star): 8 for star in range(1, 6)}
    assert found["before"]["exact"]["accuracy"].value == pytest.approx(0.8)
    assert found["difference"]["exact"]["accuracy"].value == pytest.approx(0.2)
    assert found["difference"]["mae"].value == pytest.approx(-0.4)
    assert found["natural"]["before"]["exact"]["accuracy"].value == 0
    assert found["difference"]["exact"]["accuracy"].low > 0


def test_bits_are_compared_on_the_same_bytes():
    before, after = (Likelihood(np.full(6, nats), np.full(6, 10), np.full(6, 40)) for nats in (30.0, 24.0))
    found = adapt_report.measure_likelihood(before, after, list("abcdef"), seed=0)
    assert found["difference"]["bits_per_byte"].value == pytest.approx(-6 / 40 / np.log(2))


def written(accepted: int, right: int, n: int = 40) -> pd.DataFrame:
    """`n` reviews for 5 stars, the first ones accepted, and the judge right about the first `right`."""
    took = np.arange(n) < accepted
    return pd.DataFrame(
        {
            "requested": 5,
            "text": [f"A {SAYS[5]} text with number {i} in it." for i in range(n)],
            "filter": np.where(took, 5.0, 1.0),
            "accepted": took,
            "reason": np.where(took, "", "stars"),
            "judge": np.where(np.arange(n) < right, 5.0, 2.0),
        }
    )


def test_acceptance_and_judge_before_and_after():
    test = pd.DataFrame({"stars": [5] * 30, "movie_id": [str(i) for i in range(30)]})
    test = test.assign(text=[f"Real text {i} of a table." for i in range(30)], judge=[5] * 20 + [4] * 10)
    test = test.assign(before=5, after=[5] * 25 + [4] * 5)
    found = adapt_report.measure_written({"before": written(10, 12), "after": written(30, 32)}, test)
    assert found["before"]["acceptance"]["all"].value == 0.25
    assert found["after"]["acceptance"]["by_stars"]["5"].value == 0.75
    assert found["difference"]["acceptance"].value == 0.5
    assert found["difference"]["judge_exact_unfiltered"].value == 0.5
    assert found["difference"]["judge_exact_accepted"].value == 0
    assert found["after"]["judge"]["accepted"]["exact"]["accuracy"].value == 1
    assert found["real"]["judge"]["exact"]["accuracy"].value == pytest.approx(2 / 3)
    assert found["before"]["share_of_real"]["unfiltered"].value == pytest.approx(12 / 40 / (2 / 3))
    assert found["after"]["share_of_real"]["accepted"].value == pytest.approx(1 / (20 / 25))
    assert found["after"]["rejected"] == {"stars": 10}
    assert found["after"]["detector_auc"].value > 0.9


def test_where_nothing_was_accepted_there_is_nothing_to_compare():
    test = pd.DataFrame(
        {"stars": [5], "movie_id": ["a"], "text": ["Real."], "judge": [5], "before": 5, "after": 5}
    )
    found = adapt_report.measure_written({"before": written(0, 1), "after": written(5, 5)}, test)
    assert found["difference"]["judge_exact_accepted"] is None
    assert found["before"]["judge"]["accepted"] == {"n": 0}
    report = AdaptedFile.model_construct(generated=Generated.model_validate(found))
    assert "none" in adapt_report.summary(report)


def test_the_judge_needs_no_reviews_of_every_star():
    rows = part(reviews(30, (1, 5)))
    judge = adapt_report.train_judge(rows)
    assert list(judge.predict(["terrible terrible", "wonderful wonderful"])) == [1, 5]


def test_at_most_so_many_a_star():
    assert at_most(part(reviews(10)), 3, 0)["stars"].value_counts().to_dict() == dict.fromkeys(range(1, 6), 3)


# --- stop and progress --------------------------------------------------------------------------------------


def test_half_a_line_that_a_kill_left_is_ended(tmp_path):
    (tmp_path / "progress.jsonl").write_text('{"role": "sta')
    ProgressFile(tmp_path).begin()
    first, second = (tmp_path / "progress.jsonl").read_text().splitlines()
    assert first == '{"role": "sta' and json.loads(second)["state"] == "started"


def test_a_second_signal_ends_the_process_as_usual():
    stop = Stop()
    stop.listen()
    os.kill(os.getpid(), signal.SIGTERM)
    assert stop.wanted.is_set()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
