"""A teacher's answers: what it is asked, how they are kept, and how a student learns them."""

import json

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from revdemo.errors import RevdemoError
from tests.support import tiny
from tests.support.fakes import FakeClassifier
from train import stars, teach
from train.data.teacher import COLUMNS, TeacherAnswers, key, with_answers
from train.fitting import commands
from train.fitting.recipes import StarsRecipe, load_recipe

ABOUT = {"role": "stars", "kind": "named", "revision": "0123abcd"}


def part(rows: int, unlabelled: int, name: str) -> pd.DataFrame:
    texts = [f"{tiny.SENTENCES[2 + i % 18]} {name} {i}" for i in range(rows + unlabelled)]
    labels = [1 + i % 5 for i in range(rows)] + [0] * unlabelled
    films = [f"{name} {i % 9}" for i in range(rows + unlabelled)]
    table = pd.DataFrame({"text": texts, "stars": labels, "movie_id": films, "source": name})
    return table.assign(text_scored=table["text"])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for name, rows, free in (
        ("classifier", 40, 0),
        ("generator", 20, 15),
        ("judge", 20, 0),
        ("validation", 10, 0),
    ):
        part(rows, free, name).to_parquet(folder / f"{name}.parquet")
    (folder / "fingerprint.json").write_text("{}")
    return folder


def test_a_teacher_is_asked_about_its_own_part_and_reviews_without_a_rating(data):
    texts = teach.reviews([data], None, None, 0)
    assert [("classifier" in text, "generator" in text) for text in texts] == [(True, False)] * 40 + [
        (False, True)
    ] * 15
    free = part(20, 15, "generator")["text"][20:]
    assert set(texts[40:]) == set(free)
    assert len(teach.reviews([data], 7, 0, 0)) == 7


def test_answers_are_kept_as_they_come_and_none_is_asked_for_twice(data, tmp_path, monkeypatch):
    monkeypatch.setattr(teach, "PIECE", 8)
    texts, answers = teach.reviews([data], None, None, 0), TeacherAnswers(tmp_path / "out")
    first, second = FakeClassifier([4] * 24 + [ValueError("killed")]), FakeClassifier(4)
    with pytest.raises(ValueError, match="killed"):
        teach.teach(first, texts, answers)
    assert len(answers.read()) == 24
    teach.teach(second, texts, answers)
    asked = [text for piece in (*first.history[:3], *second.history) for text in piece]
    assert sorted(asked) == sorted(texts)
    assert answers.read().loc[key(texts[0])].tolist() == pytest.approx([0.05, 0.05, 0.05, 0.8, 0.05])
    kept = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert b"lighthouse" not in kept, "no text is kept"


def test_answers_of_two_teachers_are_not_mixed(tmp_path):
    answers = TeacherAnswers(tmp_path)
    answers.begin(ABOUT)
    answers.begin(ABOUT)
    with pytest.raises(RevdemoError, match="answers of another teacher"):
        answers.begin(ABOUT | {"revision": "4567"})


def test_a_folder_without_answers_is_refused(tmp_path):
    with pytest.raises(RevdemoError, match=r"run train\.teach"):
        TeacherAnswers(tmp_path).read()


def rows_with(answers: list[list[float] | None], labels: list[int]) -> pd.DataFrame:
    rows = pd.DataFrame({"text": list("abcdef")[: len(labels)], "stars": labels, "source": "s"})
    shares = [[np.nan] * 5 if one is None else one for one in answers]
    return rows.assign(**dict(zip(COLUMNS, np.array(shares).T, strict=True)))


def test_a_student_learns_ratings_and_answers_in_their_shares():
    sure = [0.0, 0.0, 0.0, 0.5, 0.5]
    rows = rows_with([sure, None, sure], [4, 1, 0])
    wanted = stars.targets(rows, neighbours=0.0, taught=0.6)
    assert wanted[0].tolist() == pytest.approx([0, 0, 0, 0.7, 0.3])
    assert wanted[1].tolist() == [1, -1, -1, 0, -1], "as without a teacher: the source has 1 and 4 stars"
    assert wanted[2].tolist() == pytest.approx(sure), "of a review without a rating the answer is all"


def test_the_weight_of_a_rated_review_stays():
    rows = rows_with([[0.2] * 5] * 3, [4, 4, 1])
    assert stars.targets(rows, 0.0, 0.5).sum(axis=1) == pytest.approx([0.75, 0.75, 1.5])


def test_without_a_teacher_nothing_changes():
    rows = rows_with([None] * 3, [4, 4, 1])
    plain = rows.drop(columns=COLUMNS)
    assert stars.targets(rows, 0.1, 0.5).tolist() == stars.targets(plain, 0.1).tolist()


def test_a_student_is_trained_on_answers(data, tmp_path, capsys):
    answers = TeacherAnswers(tmp_path / "answers")
    teach.teach(FakeClassifier(2), teach.reviews([data], None, None, 0), answers)
    base = tiny.tiny_encoder(tmp_path / "base")
    recipe = tmp_path / "taught.yaml"
    recipe.write_text(
        json.dumps(
            {
                "base": str(base),
                "mode": "adapter",
                "rank": 4,
                "max_length": 48,
                "head_tokens": 16,
                "epochs": 12,
            }
            | {"batch_size": 8, "accumulation": 1, "learning_rate": 0.02, "precision": "float32"}
            | {"taught": 1.0, "unlabelled": 10}
        )
    )
    arguments = ["--recipe", str(recipe), "--data", str(data), "--out", str(tmp_path / "out")]
    stars.main([*arguments, "--teacher", str(tmp_path / "answers")])
    assert "answered for 40 of 40 rated reviews, and 10 others" in capsys.readouterr().out
    learned = pd.read_parquet(tmp_path / "out" / "training_rows.parquet")
    assert (learned["stars"] == 0).sum() == 10 and set(COLUMNS) <= set(learned.columns)
    assert load_file(tmp_path / "out" / "adapter_model.safetensors")
    log = json.loads((tmp_path / "out" / "training.json").read_text())["log"]
    losses = [entry["loss"] for entry in log if "loss" in entry]
    entropy = -(0.8 * np.log(0.8) + 0.2 * np.log(0.05))
    assert losses[-1] < losses[0] and losses[-1] < entropy + 0.2, "it says 2 stars, as sure as its teacher"


def test_the_judge_has_no_teacher(data, tmp_path, capsys):
    arguments = ["--data", str(data), "--out", str(tmp_path), "--part", "judge", "--teacher", str(tmp_path)]
    assert commands.run(stars.main, arguments) == 2
    assert "The judge learns from its own part alone" in capsys.readouterr().err


def test_a_teacher_of_other_reviews_is_refused(data, tmp_path):
    answers = TeacherAnswers(tmp_path)
    answers.begin(ABOUT)
    answers.add(["A text of nobody."], np.full((1, 5), 0.2))
    rows = part(10, 0, "classifier")
    with pytest.raises(RevdemoError, match="answered for none of these reviews"):
        stars.taught_rows(rows, rows[:0], StarsRecipe(base="x", mode="full"), tmp_path)


def test_answers_are_found_by_their_text():
    table = pd.DataFrame([[0.2] * 5], columns=COLUMNS, index=[key("b")])
    found = with_answers(pd.DataFrame({"text": ["a", "b"]}), table)
    assert found["p1"].isna().tolist() == [True, False]


@pytest.mark.parametrize("name", ["starter-taught-cpu", "starter-taught-gpu", "judge-mpnet-cpu"])
def test_the_recipes_are_right(name):
    recipe = load_recipe(StarsRecipe, name)
    assert recipe.base == ("all-mpnet-base-v2" if name.startswith("judge") else "all-MiniLM-L6-v2")


def test_by_a_recipe_only_what_its_student_reads_is_asked(data):
    recipe = load_recipe(StarsRecipe, "starter-taught-cpu").model_copy(
        update={"source_rows": {"classifier": 10}, "unlabelled": 4}
    )
    asked = teach.reviews([data], recipe=recipe)
    rated = stars.choose_rows(pd.read_parquet(data / "classifier.parquet"), recipe)
    assert asked[:10] == rated["text"].tolist() and len(asked) == 14
    free = pd.read_parquet(data / "generator.parquet").query("stars == 0")
    assert set(asked[10:]) == set(stars.choose_free(free, recipe)["text"]) <= set(free["text"])
