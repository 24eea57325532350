"""Cleaning, stated scores, censored insults, stars and prefixes."""

import random

import pytest

from revdemo.errors import RevdemoError
from revdemo.reviews import (
    STARS,
    Prefix,
    check_template,
    clean,
    is_censored,
    mask_scores,
    prefix,
    stars_from_rating,
    states_score,
)

REPORT = (  # the project report's own example
    "Something like this movie won't happen again. This is literally the best superhero movie ever!!! "
    "<br/><br/>Thank u MCU 😊"
)

CLEANED = {
    "the report's example": (
        REPORT,
        "Something like this movie won't happen again. This is literally the best superhero movie ever! "
        "Thank u MCU",
    ),
    "emojis": ("Loved it 😊👍 so much 👨‍👩‍👧!", "Loved it so much!"),
    "hyperlinks": ("See https://example.org/a?b=c now, or www.example.org.", "See now, or"),
    "HTML elements": ('One.<br /><br />Two <i>fine</i> <a href="x">days</a>.', "One. Two fine days."),
    "escaped HTML": ("Salt &amp; pepper &quot;here&quot; &lt;br&gt; there.", 'Salt and pepper "here" there.'),
    "HTML escaped twice": ("One &amp;lt;br&amp;gt; two.", "One two."),
    "comparisons stay words": ("Part one < part two.", "Part one part two."),
    "symbols": ("A *great* film_with #no @flaws = 100% ~ fun", "A great film with no flaws 100 fun"),
    "runs of punctuation": ("What?!?! No... way!!! Ok,, then.", "What? No. way! Ok, then."),
    "spaced runs of punctuation": ("Well . . . yes ! ! !", "Well. yes!"),
    "a run keeps its strongest mark": ("Really.!? Yes.! No.,", "Really? Yes! No."),
    "whitespace": ("  One\t two\n\nthree\u00a0four ", "One two three four"),
    "glued sentences": ("The end.Start again!Then(why)?So,yes", "The end. Start again! Then(why)? So, yes"),
    "initials and abbreviations stay": ("In the U.S.A. it cost 3.50, i.e. nothing.", None),
    "words inside keep apostrophe and hyphen": ("It's a well-made, rock'n'roll who-done-it.", None),
    "dashes between words": ("Slow -- but good — very good - really", "Slow, but good, very good, really"),
    "lone hyphens": ("-Good- and - ", "Good and"),
    "typographic quotes": ("“Fine”, she said, ‘it’s fine’…", "\"Fine\", she said, 'it's fine'."),
    "spaces before punctuation": ("Good , bad ; and ( both ) .", "Good, bad; and (both)."),
    "empty brackets": ("Good (😊) film ( . ).", "Good film."),
    "leading punctuation": ("... , and so it begins", "and so it begins"),
    "quotes and brackets stay": ('He said "no" (twice)!', None),
    "letters of other scripts stay": ("Un café très agréable, 東京物語.", None),
    "full-width forms": ("Ｇｏｏｄ！", "Good!"),
    "nothing but symbols": ("😊 *** ___ <br>", ""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("raw, cleaned", CLEANED.values(), ids=CLEANED)
def test_clean(raw, cleaned):
    assert clean(raw) == (raw if cleaned is None else cleaned)


@pytest.mark.parametrize("raw", [raw for raw, _ in CLEANED.values()], ids=CLEANED)
def test_cleaning_twice_changes_nothing(raw):
    assert clean(clean(raw)) == clean(raw)


def test_cleaning_twice_changes_nothing_in_any_mixture():
    pieces = [raw for raw, _ in CLEANED.values()] + list(".,;:!?-'\"()<>&*/#@ \n—–…“’`½é中\u0301\u200b\ufe0f")
    pieces += ["word", "Word", "--", "&lt;", "&amp;", "<br", "/>", "www.a", "http://b.c/d", "1/2", "f***"]
    draw = random.Random(7)
    for _ in range(3000):
        cleaned = clean("".join(draw.choices(pieces, k=draw.randint(1, 12))))
        assert clean(cleaned) == cleaned


MASKED = [  # what is left when the score is gone
    ("7/10", ""),
    ("A solid 3.5 / 5 from me", "A solid from me"),
    ("I say 8 out of 10.", "I say."),
    ("Ten out of ten!", "!"),
    ("8½/10 or 7 1/2 out of 10", "or"),
    ("10 out of a possible 10", ""),
    ("four stars", ""),
    ("Two and a half stars, no more", ", no more"),
    ("A 5-star film", "A film"),
    ("***1/2", ""),
    ("**** out of *****, really", ", really"),
    ("★★★★☆ fine", "fine"),
    ("Rating: B+", ""),
    ("My score is 6.5, sorry", "My, sorry"),
    ("Grade: A", ""),
    ("I give it a 7.", "I."),
    ("I gave this movie a perfect 10.", "I."),
    ("I'd rate it a B+", "I'd"),
    # The price of catching every score: these are gone too, though they are none.
    ("The two stars of the film are good", "The of the film are good"),
    ("It works in 9 out of 10 cases", "It works in cases"),
]


@pytest.mark.parametrize("text, left", MASKED)
def test_stated_scores_are_masked(text, left):
    assert states_score(text)
    assert (
        " ".join(mask_scores(text).split()).replace(" ,", ",").replace(" .", ".").replace(" !", "!") == left
    )


@pytest.mark.parametrize(
    "text",
    [
        "9/11",
        "Open 24/7",
        "one of ten people",
        "1984",
        "2001: A Space Odyssey",
        "Seven of Nine",
        "Ocean's 11",
        "8/10/2004",
        "Half of it, 50%",
        "rated PG-13",
        "rated R for violence",
        "grade school",
        "scored by John Williams",
        "movie stars",
        "an all-star cast",
        "two thumbs up",
        "50/50",
        "what the f***",
    ],
)
def test_what_is_no_score_stays(text):
    assert mask_scores(text) == text
    assert not states_score(text)


@pytest.mark.parametrize("scored", ["A 7/10 from me.", "It gets ***1/2 here.", "Rating: B+. Go."])
def test_a_masked_text_states_no_score_once_cleaned(scored):
    assert not states_score(clean(mask_scores(scored)))


@pytest.mark.parametrize(
    "text, censored",
    [
        ("what the f*** was that", True),
        ("a piece of s**t", True),
        ("total bulls***", True),
        ("@#$%! this film", True),
        ("**** out of *****", False),
        ("***1/2", False),
        ("a *great* film", False),
        ("it cost $100 & more", False),
        ("good!!!!", False),
        ("plain words", False),
    ],
)
def test_is_censored(text, censored):
    assert is_censored(text) == censored


@pytest.mark.parametrize(
    "rating, scale, stars",
    [
        *[(rating, 10, (rating + 1) // 2) for rating in range(1, 11)],
        (0.5, 10, 1),
        (7.5, 10, 4),
        *[(stars, 5, stars) for stars in STARS],
        (3.5, 5, 4),
        (61, 100, 4),
    ],
)
def test_stars_from_rating(rating, scale, stars):
    assert stars_from_rating(rating, scale) == stars


@pytest.mark.parametrize("rating", [0, -1, 11, 10.5, float("nan"), float("inf"), None, "7"])
def test_a_rating_off_the_scale_is_refused(rating):
    with pytest.raises(RevdemoError, match="not on the scale 1 to 10"):
        stars_from_rating(rating)


@pytest.mark.parametrize(
    "stars, template, words",
    [
        (4, None, "Review of 4."),
        (5, "Review of {stars} out of 5 stars, {word}.", "Review of 5 out of 5 stars, excellent."),
        (1, "{word}: {stars}.", "terrible: 1."),
        (None, None, "Review."),
        (None, "A {stars}.", "Review."),
    ],
)
def test_prefix(stars, template, words):
    assert (prefix(stars, template) if template else prefix(stars)) == words


KINDLY = Prefix("A {kind} review of {stars} out of 5 stars, {word}.", "A {kind} review.")


@pytest.mark.parametrize(
    "asked, words",
    [
        ((4,), "A film review of 4 out of 5 stars, good."),
        ((1, "hotel"), "A hotel review of 1 out of 5 stars, terrible."),
        ((None, "hotel"), "A hotel review."),
        ((None,), "A film review."),
    ],
)
def test_a_prefix_may_say_the_kind(asked, words):
    assert KINDLY.ask(*asked) == words
    assert KINDLY.knows_kinds


def test_a_prefix_without_kinds_is_the_same_for_all():
    assert not Prefix().knows_kinds
    assert {Prefix().ask(3, kind) for kind in (None, "film", "hotel")} == {"Review of 3."}


def test_a_checkpoint_brings_its_prefix():
    config = {"prefix": "{kind}: {stars}.", "bare_prefix": "{kind}.", "kind": "book", "max_tokens": 9}
    assert Prefix.of(config).ask(2) == "book: 2."
    assert Prefix.of(config).ask(None) == "book."
    assert Prefix.of({}) == Prefix()


@pytest.mark.parametrize("kind", ["movie", "Hotel", ""])
def test_a_prefix_refuses_what_is_not_a_kind(kind):
    with pytest.raises(RevdemoError, match="must be one of film, product"):
        KINDLY.ask(4, kind)


@pytest.mark.parametrize("bare", ["Review", "A review of {stars}.", "A {film} review.", "A {kind review."])
def test_a_broken_template_for_any_stars_is_refused(bare):
    with pytest.raises(RevdemoError, match="prefix template"):
        Prefix(bare=bare)


@pytest.mark.parametrize("stars", [0, 6, 2.5, "4"])
def test_prefix_refuses_what_are_no_stars(stars):
    with pytest.raises(RevdemoError, match="Stars are 1, 2, 3, 4 or 5"):
        prefix(stars)


@pytest.mark.parametrize(
    "template",
    [
        "Review.",
        "Review of {stars}",
        "Review of {stars}. ",
        "Review of {film}, {stars}.",
        "Review of {stars.",
        "Review of {}, {stars}.",
        "",
    ],
)
def test_a_broken_template_is_refused(template):
    with pytest.raises(RevdemoError, match="prefix template"):
        check_template(template)
