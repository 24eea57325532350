"""The card of a run, as a whole and as the Hub reads it."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard

from revdemo.generation.ledger import RunSummary
from revdemo.generation.request import Request, Review
from revdemo.hub.run_card import card

TEXTS = [
    "A slow | start, but the <b>end</b> makes up for all of it.",
    "We laughed from the first scene, and the songs stay with you.",
    "Well acted and well shot; only the middle could be shorter.",
]
REVIEWS = [
    Review(index, 1, text, 4, 4, 0.75, (0.05, 0.05, 0.1, 0.75, 0.05), True, "")
    for index, text in enumerate(TEXTS)
]
RUN = RunSummary(
    id="7Yq0",
    started=datetime(2026, 11, 2, 10, 30),
    ended="target",
    request=Request(stars=4, accepted=3, seed=7, temperature=0.9),
    models={
        "generator": {"label": "starter generator 0dc79986", "revision": "0dc79986d571"},
        "classifier": {"label": "starter stars 3f2a91c0", "revision": "3f2a91c0aaaa"},
    },
    accepted=3,
    rejected=5,
)


def test_the_whole_card_is_the_one_that_was_read():
    found = card("owner/four", RUN, REVIEWS, "data.parquet")
    assert found == Path(__file__).with_name("cards").joinpath("run.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("licence", ["cc-by-4.0", "mine # not yours", "see: LICENSE"])
def test_a_licence_is_read_as_it_was_named(licence):
    found = DatasetCard(card("owner/four", RUN, REVIEWS, "data.parquet", licence))
    assert found.data.license == licence
    assert f"\nLicence: {licence.replace('#', chr(92) + '#')}. " in found.text


def test_no_text_of_a_run_becomes_markup():
    evil = "[x](javascript:alert) ![x](http://evil.example/p.png) # a <img src=x> `b`"
    asked = replace(RUN, request=Request(stars=4, seed=7, opening=evil))
    body = DatasetCard(card("owner/four", asked, [replace(REVIEWS[0], text=evil)], "data.parquet")).text
    assert "> \\[x\\](javascript:alert) \\!\\[x\\]" in body and "\\<img" in body
    assert (
        "| `opening` | `[x](javascript:alert) ![x](http://evil.example/p.png) # a &lt;img src=x> 'b'` |"
        in body
    )
