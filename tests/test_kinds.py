"""What a review is about: names of kinds, and the kind of a table by its words."""

import pytest

from revdemo.errors import RevdemoError
from revdemo.kinds import KINDS, check_kind, guess_kind, kind_named


@pytest.mark.parametrize(
    ("name", "kind"),
    [("film", "film"), (" Movies ", "film"), ("HOTEL", "hotel"), ("business", ""), (None, ""), (3, "")],
)
def test_a_value_names_a_kind_or_none(name, kind):
    assert kind_named(name) == kind


def test_every_kind_is_named_by_itself():
    assert [kind_named(kind) for kind in KINDS] == list(KINDS) == [check_kind(kind) for kind in KINDS]


@pytest.mark.parametrize("kind", ["movie", "", "Film"])
def test_a_kind_that_does_not_exist_is_refused(kind):
    with pytest.raises(RevdemoError, match="must be one of film, product"):
        check_kind(kind)


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["The actors try hard, the director does not.", "A film for rainy evenings.", "Nice."], "film"),
        (["The battery died in a week.", "Works with my phone, easy to install."], "product"),
        (
            ["The fabric is thin and the sleeves are long.", "Runs large.", "Lovely dress"],
            "clothing",
        ),
        (["Cold food and a rude waiter.", "The menu is short, every dish was tasty."], "restaurant"),
        (["Our room was above the lobby.", "Breakfast was fine, the bed was not."], "hotel"),
        (["The author needs an editor.", "I read it in two evenings; the last chapters drag."], "book"),
        (["Good.", "Bad.", "So so."], "product"),
        ([], "product"),
    ],
    ids=["film", "product", "clothing", "restaurant", "hotel", "book", "nothing said", "no text"],
)
def test_a_table_is_of_the_kind_that_its_words_say(texts, kind):
    assert guess_kind(texts) == kind


def test_one_long_review_of_another_kind_does_not_decide():
    texts = ["The room was dark.", "A quiet hotel.", "The bed was hard."]
    assert guess_kind(["film movie actor actress director plot sequel " * 20, *texts]) == "hotel"
