"""The command line: files in and out, exit statuses, and what Ctrl-C leaves behind."""

import io
import json
import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from revdemo import cli
from revdemo.errors import RevdemoError
from revdemo.generation import copies
from revdemo.models import classifier, generator, polarity
from revdemo.models.classifier import Prediction
from revdemo.models.generator import Sample
from revdemo.models.polarity import PolarityPrediction, polarity_of
from revdemo.tables import table as tables

ADDED = ["predicted", "confidence", "expected", "p1", "p2", "p3", "p4", "p5"]


class Stars:
    """Gives as many stars as the text's first word says."""

    source = SimpleNamespace(label="fake stars", revision="0" * 40)

    def predict(self, texts, progress=None):
        found = []
        for text in texts:
            stars = int(text.split()[0])
            found.append(Prediction(stars, 0.6, tuple(0.6 if n == stars else 0.1 for n in range(1, 6))))
            if progress:
                progress(len(found), len(texts))
        return found


class Polarity:
    """Positive from 4 stars on, by the text's first word; 3 is neutral."""

    def predict(self, texts, progress=None):
        shares = [(int(text.split()[0]) - 1) / 4 for text in texts]
        return [PolarityPrediction(polarity_of(share, 0.4, 0.6), share) for share in shares]


class Writer:
    """Writes what it is told to, a text a group; an exception among them is raised, a callable is called."""

    source = SimpleNamespace(label="fake generator", revision="1" * 40, folder=Path("nowhere"))

    def __init__(self, *script):
        self.script = list(script)

    def stream(self, stars, n, seed, should_stop=lambda: False, **options):
        for text in self.script[:n]:
            if isinstance(text, Exception):
                raise text
            if callable(text):
                text = text()
            if should_stop():
                return
            yield [Sample(text, True, 5)]


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs a command on fakes, with folders of its own."""
    for name in [name for name in os.environ if name.startswith("REVDEMO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REVDEMO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(classifier, "load_stars", lambda settings: Stars())
    monkeypatch.setattr(polarity, "load_polarity", lambda settings: Polarity())
    monkeypatch.setattr(copies, "load_copies", lambda source: None)

    def run(*arguments, writer=None):
        monkeypatch.setattr(generator, "load_generator", lambda settings: writer)
        return cli.main([str(argument) for argument in arguments])

    return run


# --- predict ---

ROWS = [
    {"id": "007", "Review": '5 "Great", she said', "note": "=1+1"},
    {"id": "8", "Review": "1 schlecht, öde", "note": ""},
]


def as_csv(separator=",", encoding="utf-8"):
    return pd.DataFrame(ROWS).to_csv(index=False, sep=separator).encode(encoding)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", as_csv()),
        ("a.csv", as_csv(encoding="utf-8-sig")),
        ("a.csv", as_csv(encoding="cp1252")),
        ("a.csv", as_csv(encoding="utf-16")),
        ("a.csv", as_csv(separator=";")),
        ("a.tsv", as_csv(separator="\t")),
        ("a.jsonl", "\n".join(json.dumps(row) for row in ROWS).encode()),
        ("a.json", json.dumps(ROWS).encode()),
    ],
    ids=["utf-8", "bom", "windows", "utf-16", "semicolons", "tabs", "json lines", "json list"],
)
@pytest.mark.parametrize("out", ["out.csv", "out.jsonl", "out.parquet"])
def test_predict_keeps_every_column_and_adds_its_own(run, tmp_path, name, content, out):
    (tmp_path / name).write_bytes(content)
    assert run("predict", tmp_path / name, "--out", tmp_path / out) == 0
    table = tables.read_table(tmp_path / out)
    assert list(table.columns) == ["id", "Review", "note", *ADDED]
    assert table[["id", "Review", "note"]].to_dict("records") == ROWS
    assert [int(stars) for stars in table["predicted"]] == [5, 1]
    assert [float(share) for share in table["p5"]] == [0.6, 0.1]
    assert [float(mean) for mean in table["expected"]] == pytest.approx([0.1 * 10 + 0.6 * 5, 0.6 + 0.1 * 14])


def test_predict_keeps_the_kinds_of_parquet_and_json_values(run, tmp_path):
    rows = pd.DataFrame({"text": ["3 so", "4 so"], "votes": [2**60, None]}).astype({"votes": "Int64"})
    rows.to_parquet(tmp_path / "a.parquet")
    run("predict", tmp_path / "a.parquet", "--out", tmp_path / "b.parquet")
    assert tables.read_table(tmp_path / "b.parquet")["votes"].tolist()[0] == 2**60
    (tmp_path / "a.jsonl").write_text(
        '{"text": "3 so", "tags": ["x"], "n": 1}\n{"text": "4 so", "n": null}\n'
    )
    run("predict", tmp_path / "a.jsonl", "--out", tmp_path / "b.jsonl")
    first, second = map(json.loads, (tmp_path / "b.jsonl").read_text().splitlines())
    assert (first["tags"], first["n"], second["n"]) == (["x"], 1, None)


def test_rows_without_words_stay_without_stars(run, tmp_path, capsys):
    (tmp_path / "a.csv").write_text('text\n"4 fine"\n"😊"\n""\n"2 poor"\n', encoding="utf-8")
    assert run("predict", tmp_path / "a.csv", "--out", tmp_path / "b.csv") == 0
    assert tables.read_table(tmp_path / "b.csv")["predicted"].tolist() == ["4", "", "", "2"]
    assert "2 of 4 texts hold no words" in capsys.readouterr().err


def test_predict_prints_the_stars_of_texts_and_of_lines(run, capsys, monkeypatch):
    assert run("predict", "--text", "4 fine", "--text", "1 awful") == 0
    assert capsys.readouterr().out == "4\t0.60\t4 fine\n1\t0.60\t1 awful\n"
    monkeypatch.setattr("sys.stdin", io.StringIO("5 great\n\n2 poor\n"))
    assert run("predict", "-") == 0
    assert capsys.readouterr().out == "5\t0.60\t5 great\n-\t-\t\n2\t0.60\t2 poor\n"


def test_predict_adds_the_polarity_when_asked(run, tmp_path, capsys):
    (tmp_path / "a.csv").write_text('text\n"5 fine"\n"😊"\n"3 so so"\n"1 poor"\n', encoding="utf-8")
    assert run("predict", tmp_path / "a.csv", "--polarity", "--out", tmp_path / "b.csv") == 0
    table = tables.read_table(tmp_path / "b.csv")
    assert list(table.columns) == ["text", *ADDED, "polarity", "polarity_probability"]
    assert table["polarity"].tolist() == ["positive", "", "neutral", "negative"]
    assert table["polarity_probability"].tolist() == ["1.0", "", "0.5", "0.0"]
    assert run("predict", "--polarity", "--text", "4 fine", "--text", "!") == 0
    assert capsys.readouterr().out == "4\t0.60\tpositive\t0.75\t4 fine\n-\t-\t-\t-\t!\n"


def test_polarity_without_a_model_is_refused_before_the_work(run, monkeypatch, capsys):
    def missing(settings):
        raise RevdemoError("There is no polarity model: train one.")

    monkeypatch.setattr(polarity, "load_polarity", missing)
    monkeypatch.setattr(Stars, "predict", lambda *_, **__: pytest.fail("the stars were predicted"))
    assert run("predict", "--polarity", "--text", "4 fine") == 2
    assert "There is no polarity model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "more", "message"),
    [
        ("a.csv", None, [], "a.csv cannot be read: No such file"),
        ("a.csv", b"", [], "a.csv is not a readable csv table"),
        ("a.csv", b"text\n", [], "a.csv holds no rows"),
        ("a.pdf", b"x", [], "a.pdf is not a table that can be read here"),
        ("a.xlsx", b"PK\x03\x04x", [], "a.xlsx is not a readable xlsx table"),
        ("a.parquet", b"x", [], "a.parquet is not a readable parquet table"),
        ("a.jsonl", b'{"text": "4"}\n{', [], "a.jsonl is not a readable jsonl table"),
        ("a.jsonl", b"[1, 2]", [], "every row must be an object"),
        ("a.csv", b"a,b\n4,5\n", [], "Which column holds the texts? Name one with --column: a, b"),
        ("a.csv", b"a,b\n4,5\n", ["--column", "c"], "There is no column 'c'; there are a, b"),
        ("a.csv", b"text\n4\n", ["--threads", "0"], "--threads is '0'"),
    ],
)
def test_predict_refuses_in_one_line_and_writes_nothing(run, tmp_path, capsys, name, content, more, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert run("predict", tmp_path / name, "--out", tmp_path / "out.csv", *more) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("no/such/out.csv", "cannot be written"),
        ("out.pdf", "is not a table that can be written here"),
        ("folder.csv", "cannot"),
    ],
)
def test_a_bad_output_is_refused_before_the_work(run, tmp_path, capsys, monkeypatch, out, message):
    monkeypatch.setattr(classifier, "load_stars", lambda settings: pytest.fail("the model was loaded"))
    (tmp_path / "a.csv").write_text("text\n4 fine\n")
    (tmp_path / "folder.csv").mkdir()
    assert run("predict", tmp_path / "a.csv", "--out", tmp_path / out) == 2
    assert message in capsys.readouterr().err


def test_a_file_needs_an_out(run, tmp_path, capsys):
    assert run("predict", tmp_path / "a.csv") == 2
    assert "--out" in capsys.readouterr().err


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("old")

    def fill_the_disk(table, file, **options):
        file.write("half")
        raise OSError(28, "No space")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fill_the_disk)
    with pytest.raises(RevdemoError, match="No space"):
        tables.write_table(pd.DataFrame({"a": [1]}), tmp_path / "a.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


# --- generate ---

FOUR, TWO = "4 good and slow in the right places", "2 bad and slow in all the wrong ones"
OTHER = "4 entirely different words about a lighthouse keeper"


def saved(folder):
    (found,) = folder.iterdir()
    assert sorted(path.name for path in found.iterdir()) == ["accepted.csv", "all.jsonl", "rejected.csv"]
    return (
        pd.read_csv(found / "accepted.csv")["review"].tolist(),
        pd.read_csv(found / "rejected.csv")["review"].tolist(),
        [
            json.loads(line)["review"]
            for line in (found / "all.jsonl").read_text(encoding="utf-8").splitlines()
        ],
    )


def test_generate_saves_accepted_and_rejected_apart(run, tmp_path, capsys):
    out = tmp_path / "new" / "runs"
    writer = Writer(FOUR, TWO, OTHER, "4 never asked for")
    assert run("generate", "--stars", 4, "--accepted", 2, "--out", out, writer=writer) == 0
    assert saved(out) == ([FOUR, OTHER], [TWO], [FOUR, TWO, OTHER])
    told = capsys.readouterr()
    assert "2 accepted, 1 rejected, ended by: target" in told.out
    assert "67% accepted" in told.err


def test_generate_without_an_accepted_review_tells_the_nearest(run, tmp_path, capsys):
    arguments = ("--stars", 5, "--rounds", 1, "--out", tmp_path / "runs")
    assert run("generate", *arguments, writer=Writer(TWO, FOUR)) == 0
    assert saved(tmp_path / "runs") == ([], [TWO, FOUR], [TWO, FOUR])
    assert f"The nearest misses:\n- 4 stars: {FOUR}\n- 2 stars: {TWO}\n" in capsys.readouterr().out


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)
    return OTHER


def test_ctrl_c_keeps_what_there_is(run, tmp_path):
    writer = Writer(FOUR, TWO, press_ctrl_c)
    before = signal.getsignal(signal.SIGINT)
    assert run("generate", "--stars", 4, "--out", tmp_path / "runs", writer=writer) == 130
    assert saved(tmp_path / "runs") == ([FOUR], [TWO], [FOUR, TWO])
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_ends_at_once_and_still_keeps_it(run, tmp_path):
    writer = Writer(FOUR, lambda: press_ctrl_c() and press_ctrl_c())
    assert run("generate", "--stars", 4, "--out", tmp_path / "runs", writer=writer) == 130
    assert saved(tmp_path / "runs")[0] == [FOUR]


def test_a_failure_halfway_keeps_what_there_is(run, tmp_path, capsys):
    writer = Writer(FOUR, RevdemoError("The GPU is full: ask for smaller rounds."))
    assert run("generate", "--stars", 4, "--out", tmp_path / "runs", writer=writer) == 2
    assert saved(tmp_path / "runs")[0] == [FOUR]
    assert "revdemo: The GPU is full" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stars", 6], "stars is 6"),
        (["--stars", 4, "--min-confidence", 2], "min_confidence is 2.0"),
        (["--stars", 4, "--device", "abacus"], "--device is 'abacus'"),
        (["--stars", 4, "--out", os.devnull], "cannot be made"),
    ],
)
def test_generate_refuses_before_the_work(run, capsys, arguments, message):
    assert run("generate", *arguments) == 2
    assert message in capsys.readouterr().err
