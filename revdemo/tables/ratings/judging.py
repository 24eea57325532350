"""Whether the cells of a column are ratings: a rule for their stars, or why they are not ratings."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple

from revdemo.errors import Phrase
from revdemo.tables.ratings.scale import (
    ODD,
    SCALES,
    StarRule,
    Values,
    Words,
    allowed,
    are_shares,
    find_rule,
    from_zero,
    median,
    values_of,
)

READABLE = 0.8  # the share of a column's filled cells that must be ratings
TRUE_FALSE = {"true", "false", "yes", "no", "y", "n", "ja", "nein", "positive", "negative", "pos", "neg"}
SHOWN = 24  # characters of an example
USUAL = set(map(float, range(1, 11)))  # ratings that may be all that a small table has


class JudgedColumn(NamedTuple):
    """What a column's cells are: a rule for their stars, or why they are not ratings; and what to say."""

    rule: StarRule | None
    reason: Phrase | None = None
    notes: tuple[Phrase, ...] = ()
    constant: bool = False  # all ratings are the same: any other column that holds some comes before


def judge(
    cells: Mapping[object, int],
    name: str,
    *,
    words: Words = (),
    scale: int | None = None,
    percent: bool = False,
    certain: bool = False,
    starry: bool = False,
) -> JudgedColumn:
    """The rule that makes stars of a column's cells, from how often each occurs.

    Args:
        scale: the highest rating, where a visitor said it.
        percent: whether a spreadsheet shows the numbers as per cent.
        certain: a visitor named the column, so that only what cannot be read is refused.
        starry: the column's name says stars or rating, so that two values of a small table may be some.
    """
    found = values_of(cells, words)
    if not found.filled:
        return JudgedColumn(None, Phrase("it is empty"))
    if found.read < READABLE * found.filled and not (certain and found.mapped):
        return JudgedColumn(None, _unreadable(found))
    if off := _beyond_its_own(found):
        return JudgedColumn(None, off)
    if scale is None and not found.plain and not found.named:
        if found.mapped:
            return JudgedColumn(StarRule(5, words=words), None, tuple(_left_over(found, name)))
        return JudgedColumn(None, Phrase("it holds nothing but zeros"))
    if percent and found.plain and max(found.plain) <= 1:
        return JudgedColumn(StarRule(100, times=100, words=words), None, tuple(_left_over(found, name)))
    if scale is None and not certain and (reason := _no_stars(found, starry)):
        return JudgedColumn(None, reason)
    rule = find_rule(found, scale, certain)
    if rule is None:
        return JudgedColumn(None, _no_stars(found, starry) or _counts(found))
    rule = StarRule(rule.scale, rule.plus, rule.times, words)
    return JudgedColumn(rule, None, tuple(_notes(found, name, rule, scale)), _is_constant(found))


# --- what is none -----------------------------------------------------------------------------------------


def _no_stars(found: Values, starry: bool) -> Phrase | None:
    """Why numbers are not stars, though they can be read as ratings."""
    values = found.plain
    total = values.total() + found.zeros
    if found.named.total() > total or not values:
        return None
    negative = sum(n for value, n in values.items() if value < 0)
    usual = {value for value, n in values.items() if n > ODD * total or total < 10}
    seen = usual | ({0.0} if found.zeros > ODD * total or (found.zeros and total < 10) else set())
    if negative > (allowed(values) if min(values) < 0 and len(seen) > 3 else 0):
        if 0 < len(seen) <= 3:
            return _labels(seen)
        return Phrase("it has negative numbers, such as {value:g}", value=min(values))
    if are_shares(values) and not any(value > 1 for value in usual):
        return Phrase("it holds shares from 0 to 1 (a probability or a sentiment score)")
    if found.zeros and not from_zero(found) and seen <= {0.0, 1.0, 2.0, 3.0, 4.0} and 0.0 in seen and (
        len(seen) <= 3 or 3.0 not in seen
    ):  # fmt: skip
        return _labels(seen)
    if seen == {1.0, 2.0} and not (starry and total < 10):
        return _labels(seen)
    if _is_constant(found) and not (starry and seen <= USUAL):
        return Phrase("all of its {rows:,} cells are {value:g}", rows=total, value=max(seen))
    return _counted(values)


def _beyond_its_own(found: Values) -> Phrase | None:
    """Ratings that are mostly above the highest one that they name, as where that comes first."""
    beyond = Counter({rating: n for rating, n in found.named.items() if rating.value > (rating.of or 0)})
    if beyond.total() <= (1 - READABLE) * found.named.total():
        return None
    (value, of), _ = beyond.most_common(1)[0]
    return Phrase(
        "{n:,} of its {filled:,} cells are more than the highest rating that they name, such as "
        "{value:g} of {of}: does that come first? Write them as numbers from 1 up",
        n=beyond.total(), filled=found.filled, value=value, of=of,
    )  # fmt: skip


def _is_constant(found: Values) -> bool:
    """Whether all ratings, but for typing errors, are the same number."""
    total = found.plain.total()
    return (
        total >= 2
        and not (found.mapped or found.named)
        and found.plain.most_common(1)[0][1] >= total - allowed(found.plain)
    )


def _counted(values: Counter) -> Phrase | None:
    """Whether numbers are more like counts: mostly small ones, and a few large ones."""
    rule = find_rule(Values(plain=values), None, certain=False)
    if rule is None:
        return _counts(Values(plain=values))
    if rule.scale == 100 and median(values) <= 10:
        return _counts(Values(plain=values))
    return None


def _counts(found: Values) -> Phrase:
    values = found.plain or Counter(rating.value for rating in found.named)
    return Phrase(
        "its numbers go from {low:g} to {high:g}, which is not a scale of ratings (1 to 5, 10 or 100) but "
        "rather counts", low=min(values), high=max(values),
    )  # fmt: skip


def _labels(seen: set[float]) -> Phrase:
    values = sorted(seen)
    return Phrase(
        "it holds {n} values, {values}: labels such as negative and positive rather than stars. Predict "
        "polarity to compare with them, or say what they stand for with --map {example}",
        n=len(values), values=", ".join(f"{value:g}" for value in values),
        example='"' + ",".join(f"{value:g}={stars}" for value, stars in _spread(values)) + '"',
    )  # fmt: skip


def _spread(values: list[float]) -> list[tuple[float, int]]:
    last = max(1, len(values) - 1)
    return [(value, 1 + round(4 * place / last)) for place, value in enumerate(values)]


def _unreadable(found: Values) -> Phrase:
    example, _ = found.unread.most_common(1)[0]
    fields: dict[str, Any] = {"n": found.unread.total(), "filled": found.filled, "example": shown(example)}
    if isinstance(example, date | datetime | time):
        return Phrase(
            "{n:,} of its {filled:,} cells are dates, such as {example}: a spreadsheet makes them of ratings "
            "such as 3/4. Format the column as text, and type them again", **fields,
        )  # fmt: skip
    if str(example).strip().casefold() in TRUE_FALSE:
        return Phrase(
            'it holds words such as "{example}", not stars: predict polarity to compare with them, or say '
            'what they stand for with --map "{example}=5,..."', example=fields["example"],
        )  # fmt: skip
    return Phrase(
        '{n:,} of its {filled:,} cells cannot be read as ratings, such as "{example}": write them as numbers '
        'from 1 up, or say what they stand for with --map "{example}=5,..."', **fields,
    )  # fmt: skip


def shown(cell: object) -> str:
    """A cell as an example in a sentence: one line, cut where it is long."""
    text = " ".join(str(cell).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


# --- what is said -----------------------------------------------------------------------------------------


def _notes(found: Values, name: str, rule: StarRule, given: int | None) -> Iterable[Phrase]:
    if rule.plus:
        yield Phrase('The labels in "{column}" go from 0 to 4: they are taken for 1 to 5 stars.', column=name)
    elif found.zeros:
        yield Phrase(
            'Ratings of 0 in "{column}" ({n:,}) are taken for none given; --map "0=1" makes them 1 star.',
            column=name, n=found.zeros,
        )  # fmt: skip
    if rule.times != 1:
        yield Phrase('"{column}" holds shares from 0 to 1: they are read as percentages.', column=name)
    odd = Counter({v: n for v, n in found.plain.items() if not 0 < v * rule.times + rule.plus <= rule.scale})
    for rating, n in found.named.items():
        if not 0 <= rating.value <= (rating.of or 0):
            odd[rating.value] += n
    if odd:
        yield Phrase(
            '{n:,} of {filled:,} ratings in "{column}" off the scale of 1 to {scale} get no stars: {values}.',
            n=odd.total(), filled=found.read, column=name, scale=rule.scale, values=_listed(odd),
        )  # fmt: skip
    yield from _left_over(found, name)
    yield from _doubts(found, rule, given)


def _left_over(found: Values, name: str) -> Iterable[Phrase]:
    if found.unread:
        yield Phrase(
            'Cells of "{column}" that are not ratings get no stars: {n:,}, such as "{example}".',
            column=name, n=found.unread.total(), example=shown(found.unread.most_common(1)[0][0]),
        )  # fmt: skip


def _doubts(found: Values, rule: StarRule, given: int | None) -> Iterable[Phrase]:
    """What a visitor should know of a scale that was guessed."""
    named = {rating.of for rating in found.named if rating.of}
    if len(named) > 1:
        yield Phrase(
            "Ratings are of several scales ({scales}); each counts as of its own.",
            scales=", ".join(map(str, sorted(named))),
        )
    kept = [v for v in found.plain if 0 < v <= rule.scale and not rule.plus and rule.times == 1]
    if given is not None or not kept or found.named:
        return
    if rule.scale not in SCALES:
        yield Phrase(
            "No rating is above {scale}, so that is taken for the highest; --scale names another one.",
            scale=rule.scale,
        )
    elif rule.scale == 5 and max(kept) <= 4:
        yield Phrase(
            "No rating is above {highest:g}; they are taken as out of {scale}. --scale names another.",
            highest=max(kept), scale=rule.scale,
        )  # fmt: skip
    if rule.scale == 5 and any(value != int(value) for value in kept):
        yield Phrase("Ratings between two whole stars go to the nearest.")
    if _is_constant(found):
        yield Phrase("All {n:,} ratings are {value:g}.", n=found.plain.total(), value=max(kept))


def _listed(values: Counter, most: int = 5) -> str:
    names = [f"{value:g} ({n:,})" if n > 1 else f"{value:g}" for value, n in values.most_common(most)]
    return ", ".join(names) + (" …" if len(values) > most else "")
