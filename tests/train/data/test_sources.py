"""Reading raw reviews from every place that people keep them."""

import json

import pandas as pd
import pytest

from revdemo.errors import RevdemoError
from train.data.sources import Columns, chunks, read_source

TEXTS = ["A fine film.", "Naïve — “but” good.", "Dull, dull, dull."]
TABLE = pd.DataFrame({"text": TEXTS, "rating": [8, 7, 2], "movie_id": ["tt1", "tt1", "tt2"]})

WRITERS = {
    "reviews.parquet": lambda table, path: table.to_parquet(path),
    "reviews.csv": lambda table, path: table.to_csv(path, index=False),
    "reviews.tsv": lambda table, path: table.to_csv(path, index=False, sep="\t"),
    "reviews.json": lambda table, path: table.to_json(path, orient="records"),
    "reviews.jsonl": lambda table, path: table.to_json(path, orient="records", lines=True),
    "REVIEWS.CSV": lambda table, path: table.to_csv(path, index=False, encoding="utf-8-sig"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_tables(tmp_path, name):
    WRITERS[name](TABLE, tmp_path / name)
    read = read_source(str(tmp_path / name))
    assert list(read.columns) == ["text", "stars", "movie_id", "source", "kind"]
    assert read["text"].tolist() == TEXTS
    assert read["stars"].tolist() == [4, 4, 1]
    assert read["movie_id"].tolist() == ["tt1", "tt1", "tt2"]
    assert set(read["source"]) == {name.split(".")[0]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_csv_is_read_in_the_encodings_that_spreadsheets_write(tmp_path, encoding):
    path = tmp_path / "reviews.csv"
    path.write_text('text,rating\n"Un café, très bon.",9\n', encoding=encoding)
    assert read_source(str(path))["text"].tolist() == ["Un café, très bon."]


def test_the_kaggle_json(tmp_path):
    record = {
        "review_id": "rw1",
        "reviewer": "somebody",
        "movie": "After Life (2019– )",
        "rating": "9",
        "review_summary": "Good",
        "review_date": "3 May 2020",
        "spoiler_tag": 0,
        "review_detail": "I enjoyed it.",
        "helpful": ["1", "1"],
    }
    path = tmp_path / "part-01.json"
    path.write_text(json.dumps([record, record | {"rating": None, "movie": "Another (2001)"}], indent=1))
    read = read_source(str(path))
    assert read["text"].tolist() == ["I enjoyed it."] * 2
    assert read["stars"].iloc[0] == 5
    assert pd.isna(read["stars"].iloc[1])
    assert read["movie_id"].tolist() == ["After Life (2019– )", "Another (2001)"]


@pytest.fixture
def acl(tmp_path):
    """Reviews of films tt10 and tt11 (train) and tt20 (test), and a file that is no review."""
    root = tmp_path / "aclImdb"
    for digit, part, polarity, ratings in (
        (1, "train", "pos", (9, 10)),
        (1, "train", "neg", (1,)),
        (2, "test", "pos", (7,)),
    ):
        folder = root / part / polarity
        folder.mkdir(parents=True)
        for number, rating in enumerate(ratings):
            (folder / f"{number}_{rating}.txt").write_text(f"{part} {polarity} {number}", encoding="utf-8")
        urls = [f"http://www.imdb.com/title/tt{digit}{number}/usercomments" for number in range(len(ratings))]
        (root / part / f"urls_{polarity}.txt").write_text("\n".join(urls))
    (root / "train" / "pos" / "notes.txt").write_text("not a review")
    return root


def test_an_aclimdb_folder(acl):
    read = read_source(str(acl))
    assert dict(zip(read["text"], read["stars"], strict=True)) == {
        "train pos 0": 5,
        "train pos 1": 5,
        "train neg 0": 1,
        "test pos 0": 4,
    }
    films = dict(zip(read["text"], read["movie_id"], strict=True))
    assert films["train pos 0"] == films["train neg 0"] == "tt10"
    assert films["train pos 1"] == "tt11"
    assert films["test pos 0"] == "tt20"


def test_an_aclimdb_folder_without_its_lists_of_films(acl):
    for urls in acl.glob("*/urls_*.txt"):
        urls.unlink()
    assert read_source(str(acl))["movie_id"].isna().all()


def test_columns_are_mapped(tmp_path):
    path = tmp_path / "mine.csv"
    pd.DataFrame({"id": ["x"], "words": ["Good."], "points": [4], "site": ["here"], "rating": [9]}).to_csv(
        path
    )
    read = read_source(str(path), Columns(text="words", rating="points", group="id", source="site"))
    assert read.iloc[0].tolist() == ["Good.", 4, "x", "here", ""]


def test_ratings_that_are_no_numbers_count_as_missing(tmp_path):
    path = tmp_path / "mine.csv"
    pd.DataFrame({"text": list("abcdefg"), "rating": [*"123545", "great"]}).to_csv(path)
    assert read_source(str(path))["stars"].isna().tolist() == [False] * 6 + [True]


def test_unlabelled_reviews_need_no_rating(tmp_path):
    path = tmp_path / "mine.parquet"
    TABLE.drop(columns="rating").to_parquet(path)
    assert read_source(str(path), labelled=False)["stars"].isna().all()


@pytest.mark.parametrize(
    "columns, missing, message",
    [
        (Columns(text="body"), None, "has no column 'body' for the text. It has: text, rating, movie_id."),
        (Columns(group="film"), None, "has no column 'film' for the film or product."),
        (
            Columns(),
            "text",
            "no column that looks like the text. Name it with --text-column; it has: rating",
        ),
        (
            Columns(),
            "rating",
            "no column that looks like the rating. Name it with --rating-column; there are:",
        ),
    ],
)
def test_a_missing_column_is_named_in_the_error(tmp_path, columns, missing, message):
    path = tmp_path / "mine.csv"
    TABLE.drop(columns=[missing] if missing else []).to_csv(path, index=False)
    with pytest.raises(RevdemoError) as error:
        read_source(str(path), columns)
    assert message in str(error.value)
    assert "mine.csv" in str(error.value)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("mine.json", "[{", "is not a readable json table"),
        ("mine.jsonl", '{"text": "a"}\n{', "line 2 is not a JSON object"),
        ("mine.csv", "", "it is empty"),
        ("mine.parquet", "text", "is not a readable parquet table"),
        ("mine.docx", "text", "is not a table that can be read here"),
        ("none", None, "is a folder but not an aclImdb one"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, name, content, message):
    path = tmp_path / name
    if content is None:
        path.mkdir()
    else:
        path.write_text(content)
    with pytest.raises(RevdemoError, match=message):
        read_source(str(path))


def test_a_file_that_is_not_there_is_not_looked_for_on_the_hub(tmp_path):
    with pytest.raises(RevdemoError, match=r"There is no file .*mine\.csv"):
        read_source(str(tmp_path / "mine.csv"))


def test_a_hub_data_set_out_of_reach():
    with pytest.raises(RevdemoError) as error:
        read_source("nobody/no-such-reviews")
    assert str(error.value).startswith(
        "nobody/no-such-reviews is neither a file or folder here nor a data set"
    )
    assert "\n" not in str(error.value)


def test_a_hub_data_set_within_reach(monkeypatch):
    import datasets

    half = datasets.Dataset.from_pandas(TABLE)
    monkeypatch.setattr(datasets, "load_dataset", lambda name: {"train": half, "test": half})
    read = read_source("somebody/reviews")
    assert read["text"].tolist() == TEXTS * 2
    assert set(read["source"]) == {"reviews"}


def test_chunks_cover_a_table_in_order():
    pieces = list(chunks(TABLE, 2))
    assert [len(piece) for piece in pieces] == [2, 1]
    assert pd.concat(pieces).equals(TABLE)
