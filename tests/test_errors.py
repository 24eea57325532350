"""A message keeps its template and its values apart, and reads as one English sentence."""

import json
import pickle
from pathlib import Path

import pytest

from revdemo.errors import Phrase, RevdemoError


@pytest.mark.parametrize(
    ("message", "english"),
    [
        (RevdemoError("{name} holds no rows.", name="a.csv"), "a.csv holds no rows."),
        (RevdemoError("{rows:,} rows, {share:.1%}", rows=12345, share=0.594), "12,345 rows, 59.4%"),
        (RevdemoError("There is no column {column!r}.", column="x"), "There is no column 'x'."),
        (RevdemoError("without values {braces} stay"), "without values {braces} stay"),
        (RevdemoError("{value} holds braces", value="{name}"), "{name} holds braces"),
        (RevdemoError("{path}: {advice}", path=Path("a"), advice=Phrase("make room")), "a: make room"),
        (RevdemoError("{role}: {error}", role="x", error=RevdemoError("no {n}", n=3)), "x: no 3"),
        (RevdemoError("{error}", error=OSError(28, "No space")), "[Errno 28] No space"),
        (RevdemoError("{value!r}", value=None), "None"),
        (RevdemoError.of(Phrase("busy with {name}", name="t")), "busy with t"),
        (Phrase("one of {kinds}", kinds=["csv", Phrase("{n} more", n=2)]), "one of csv, 2 more"),
        (Phrase("{n} left", context="rows", n=2), "2 left"),
    ],
)
def test_a_message_reads_as_english(message, english):
    assert str(message) == english


def test_an_error_keeps_what_it_was_made_of():
    error = RevdemoError("{n} of {of}", n=1, of=Phrase("all"))
    assert (error.message_id, error.values) == ("{n} of {of}", {"n": 1, "of": Phrase("all")})


def test_an_error_crosses_a_process_whole():
    inner = RevdemoError("The disk at {path} is full.", path=Path("/x"))
    error = RevdemoError("{error} {advice}", error=inner, advice=Phrase("Make room.", context="disk"))
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error) == "The disk at /x is full. Make room."
    assert copy.values["error"].values == {"path": "/x"}
    assert copy.values["advice"].context == "disk"
    assert pickle.loads(pickle.dumps(RevdemoError.of(error.values["advice"]))).phrase.context == "disk"


def test_a_value_that_cannot_be_pickled_is_kept_as_its_text():
    error = RevdemoError("{error}", error=OSError("no"), handle=open)
    assert "built-in function open" in pickle.loads(pickle.dumps(error)).values["handle"]


def test_a_phrase_is_its_english_and_passes_through_json_whole():
    phrase = Phrase("{n:,} of {what}", context="rows", n=1200, what=[Phrase("{name}", name="t.csv")])
    copy = Phrase.from_dict(json.loads(json.dumps(phrase.as_dict())))
    assert copy == phrase == "1,200 of t.csv"
    assert (copy.message_id, copy.context, copy.values["what"][0].values) == (
        "{n:,} of {what}",
        "rows",
        {"name": "t.csv"},
    )
    assert phrase.fill(n=1, what="all") == "1 of all"
