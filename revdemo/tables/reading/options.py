"""What a visitor says of a table, the same through every door."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict, cast

from revdemo.errors import RevdemoError
from revdemo.tables.ratings.scale import Words, plain

HIGHEST_SCALE = 1000


@dataclass(frozen=True)
class ReadOptions:
    """What a visitor says of a table; what is None is found out.

    text, rating: names of columns; a rating of "" says that there is none. scale: the highest rating. sheet:
    its name or number. separator: one character, or tab, comma, semicolon, bar, none. header: whether the
    first row names the columns. map: cells of the rating column and their stars, as "Excellent=5,Good=4",
    {"Excellent": 5} or pairs.

    Raises:
        RevdemoError: the scale or the map cannot be one.
    """

    text: str | None = None
    rating: str | None = None
    scale: int | None = None
    sheet: str | None = None
    encoding: str | None = None
    separator: str | None = None
    header: bool | None = None
    map: Any = ()

    def __post_init__(self) -> None:
        if self.scale is not None:
            check_scale(self.scale)
        object.__setattr__(self, "map", parse_map(self.map))

    @property
    def words(self) -> Words:
        """The map, as pairs of a plain cell and its stars."""
        return self.map

    def but(self, **given: Any) -> "ReadOptions":
        """The same with what is given instead; None stands for nothing given."""
        return replace(self, **{name: value for name, value in given.items() if value is not None})

    def arguments(self) -> list[str]:
        """The flags that say the same on a command line."""
        said = {
            "column": self.text,
            "rating": self.rating,
            "scale": self.scale,
            "sheet": self.sheet,
            "encoding": self.encoding,
            "separator": self.separator,
            "map": ",".join(f"{cell}={stars}" for cell, stars in self.map) or None,
        }
        flags = [f"--{name}={value}" for name, value in said.items() if value is not None]
        return flags if self.header is None else [*flags, "--header" if self.header else "--no-header"]


class Reading(TypedDict, total=False):
    """How a table is read, as arguments of a function: the fields of ReadOptions that correct the file."""

    sheet: str | None
    encoding: str | None
    separator: str | None
    header: bool | None
    map: str | Mapping[str, int] | None


class ReadingTable(Reading, total=False):
    """The same, with the columns."""

    text: str | None
    rating: str | None
    scale: int | None


def check_scale(scale: float) -> None:
    """Refuse a highest rating that cannot be one."""
    if not 2 <= scale <= HIGHEST_SCALE or scale != int(scale):
        raise RevdemoError(
            "The highest rating is {scale:g}: it must be a whole number from 2 to {highest:,}.",
            scale=scale,
            highest=HIGHEST_SCALE,
        )


def parse_map(said: object) -> Words:
    """What cells stand for, as pairs of a plain cell and its stars; see `ReadOptions`."""
    if not said:
        return ()
    if isinstance(said, str):
        pairs: list = [part.rpartition("=")[::2] for part in _parts(said)]
    else:
        pairs = list(said.items() if isinstance(said, Mapping) else cast("Iterable[Any]", said))
    found = {}
    for cell, stars in pairs:
        if str(stars).strip() not in ("1", "2", "3", "4", "5") or not str(cell).strip():
            raise RevdemoError(
                "The map {part!r} cannot be read: write what a cell holds and its stars from 1 to 5, such as "
                "Excellent=5,Good=4.",
                part=f"{cell}={stars}",
            )
        found[plain(cell)] = int(stars)
    return tuple(found.items())


def _parts(said: str) -> list[str]:
    """The pairs of a map: commas part them, but for one inside of a cell, as in 4,0=4."""
    parts: list[str] = []
    for part in said.split(","):
        if parts and "=" not in parts[-1]:
            parts[-1] += "," + part
        else:
            parts.append(part)
    return [part for part in parts if part.strip()]
