"""The scale that nearly all ratings of a column are on, and how a cell becomes stars."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from revdemo.tables.ratings.cells import Rating, is_blank, read_rating, stars_of

SCALES = (5, 10, 100)
ODD = 0.02  # the share of the ratings that may be off the scale: typing errors
CERTAIN = 30  # ratings, from which it counts that a value never occurs

Words = tuple[tuple[str, int], ...]  # what a visitor said that cells stand for: the cell, its stars


@dataclass(frozen=True)
class StarRule:
    """How a cell becomes stars: its value times and plus something, on 1 to `scale`; `words` come before."""

    scale: int
    plus: int = 0
    times: int = 1
    words: Words = ()

    def stars(self, cell: object) -> int | None:
        """The stars of a cell, None where it holds no rating on the scale."""
        if self.words and (said := dict(self.words).get(plain(cell))) is not None:
            return said  # also of one that means nothing where nobody says so: no, null, -
        if is_blank(cell):
            return None
        if self.plus == 0 and self.times == 1:
            return stars_of(cell, self.scale)
        found = read_rating(cell)
        if found is None:
            return None
        return stars_of(found.value * self.times + self.plus if not found.of else cell, self.scale)


@dataclass
class Values:
    """The filled cells of a column: ratings by value, those that name their highest one, and the others."""

    plain: Counter = field(default_factory=Counter)
    named: Counter = field(default_factory=Counter)  # Rating: count
    unread: Counter = field(default_factory=Counter)
    mapped: int = 0
    zeros: int = 0

    @property
    def read(self) -> int:
        """How many cells are ratings."""
        return self.plain.total() + self.named.total() + self.mapped + self.zeros

    @property
    def filled(self) -> int:
        """How many cells hold anything."""
        return self.read + self.unread.total()


def plain(cell: object) -> str:
    """A cell as it is looked up among the words that a visitor mapped: letter case and blanks aside."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split()).casefold()


def values_of(cells: Mapping[object, int], words: Words = ()) -> Values:
    """The cells of a column sorted, from how often each occurs."""
    found, known = Values(), dict(words)
    for cell, count in cells.items():
        if known and plain(cell) in known:
            found.mapped += count
        elif is_blank(cell):
            continue
        elif (rating := read_rating(cell)) is None:
            found.unread[cell] += count
        elif rating.of:
            found.named[rating] += count
        elif rating.value == 0:
            found.zeros += count
        else:
            found.plain[rating.value] += count
    return found


# --- which scale ------------------------------------------------------------------------------------------


def guess_scale(ratings: Iterable[Rating]) -> int | None:
    """The scale that nearly all of these ratings are on; None where none of the usual ones holds them."""
    found = Values()
    for rating in ratings:
        (found.named if rating.of else found.plain)[rating if rating.of else rating.value] += 1
    rule = find_rule(found, None, certain=True) if found.read else None
    return None if rule is None else rule.scale


def find_rule(found: Values, scale: int | None, certain: bool) -> StarRule | None:
    if scale is not None:
        return StarRule(scale)
    if found.named.total() > found.plain.total():
        highest = Counter[int]()
        for rating, count in found.named.items():
            highest[rating.of or 0] += count
        return StarRule(highest.most_common(1)[0][0])
    if not found.plain:
        return None
    if certain and are_shares(found.plain):
        return StarRule(100, times=100)
    if from_zero(found):
        return StarRule(5, plus=1)
    total, most = found.plain.total(), allowed(found.plain)
    for usual in SCALES:
        if sum(count for value, count in found.plain.items() if not 0 < value <= usual) <= most:
            kept = Counter({value: n for value, n in found.plain.items() if 0 < value <= usual})
            return StarRule(_narrower(kept, usual, total)) if kept else None
    return None


def allowed(values: Counter) -> int:
    """How many values may be off the scale as typing errors."""
    total = values.total()
    if total >= 10:
        return max(1, math.floor(ODD * total))
    last, *others = sorted(values, reverse=True)
    return int(total >= 5 and last > 10 and values[last] == 1 and (not others or others[0] <= 5))


def _narrower(kept: Counter, usual: int, total: int) -> int:
    """A scale that is less usual, where the values show it: 10, 20 ... 50, or 1 to 6, 7 or 20."""
    highest, whole = max(kept), all(value == int(value) for value in kept)
    if usual == 100 and whole and highest <= 50 and all(value % 10 == 0 for value in kept) and total >= 3:
        return 50
    if total < CERTAIN or not whole:
        return usual
    if usual == 10 and highest in (6, 7) and len(kept) == highest and kept[highest] >= ODD * total:
        return int(highest)
    if usual == 100 and highest <= 20 and len(kept) >= 8 and median(kept) >= 6:
        return 20
    return usual


def median(values: Counter) -> float:
    left = values.total() // 2
    for value in sorted(values):
        left -= values[value]
        if left < 0:
            break
    return value


def from_zero(found: Values) -> bool:
    """Whether labels count from 0 to 4: of a scale of five, no value is lacking, and none is 5."""
    if not found.zeros:
        return False
    odd = sum(n for value, n in found.plain.items() if value not in (1, 2, 3, 4))
    return odd <= ODD * found.read and {1, 2, 3, 4} <= set(found.plain)


def are_shares(values: Counter) -> bool:
    within = sum(n for value, n in values.items() if 0 <= value <= 1)
    parts = any(0 < value < 1 for value in values)
    return parts and within >= (1 - ODD) * values.total()
