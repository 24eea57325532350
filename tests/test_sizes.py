"""The command that tells what is too large, too thin or untyped."""

import pytest

from tests.support import sizes
from tests.support.sizes import (
    FILES,
    LENGTH,
    LINES,
    THIN,
    TYPES,
    Allowance,
    Finding,
    of_imports,
    of_module,
    of_rooms,
)

LONG = "def told():\n" + "    x = 1\n" * 45
FILLED = "\n" * 20


def whats(source: str) -> list[str]:
    return [f"{one.place} {one.what}" for one in of_module("room/m.py", source)]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (FILLED, []),
        ("x = 1\n" * 300, []),
        ("x = 1\n" * 301, ["room/m.py 301 lines, at most 300"]),
        ("x = 1\n" * 19, ["room/m.py 19 lines, at least 20"]),
        (LONG.replace("told()", "told() -> None"), ["room/m.py:told 46 lines, at most 45"]),
        (FILLED + "def f(a: int, *b: int, c: int = 1, **d: int) -> int: ...", []),
        (FILLED + "def f(a, *b, c=1, **d): ...", ["room/m.py:f no type of a, c, b, d, return"]),
        (FILLED + "async def f(): ...", ["room/m.py:f no type of return"]),
        (FILLED + "def _f(a): ...", []),
        (FILLED + "class A:\n    def __init__(self, a: int): ...\n    def f(self) -> int: ...", []),
        (FILLED + "class A:\n    def __init__(self, a): ...", ["room/m.py:A.__init__ no type of a, return"]),
        (FILLED + "class _A:\n    def f(self, a): ...", []),
        (FILLED + "def f() -> int:\n    def g(a): ...\n    return g", []),
        (FILLED + "if True:\n    def f(a) -> int: ...", ["room/m.py:f no type of a"]),
    ],
)
def test_what_is_beyond_a_limit_is_told(source, told):
    assert whats(source) == told


def test_a_package_file_may_be_short():
    assert not list(of_module("room/__init__.py", ""))


def test_a_room_has_ten_files_at_most():
    ten = [f"room/{number}.py" for number in range(10)]
    assert not list(of_rooms([*ten, "room/__init__.py", "room/inner/one.py"]))
    assert list(of_rooms([*ten, "room/one_more.py"])) == [Finding("room/", FILES, "11 files, at most 10", 11)]


def test_a_circle_is_told_and_a_line_is_not():
    assert not list(of_imports({"a": {"b"}, "b": {"c"}, "c": set()}))
    [found] = of_imports({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert "an import circle" in found.what and {"a", "b", "c"} <= set(found.what.split())


@pytest.mark.parametrize(
    ("finding", "allowed", "is_right"),
    [
        (Finding("a.py", LINES, "too long", 400), {}, False),
        (Finding("a.py", LINES, "too long", 400), {("a.py", LINES): 400}, True),
        (Finding("a.py", LINES, "too long", 401), {("a.py", LINES): 400}, False),  # it grew
        (Finding("a.py", THIN, "too thin", 15), {("a.py", THIN): 15}, True),
        (Finding("a.py", THIN, "too thin", 14), {("a.py", THIN): 15}, False),
        (
            Finding("a.py", TYPES, "no type of b"),
            {("a.py", LINES): 400},
            False,
        ),  # its lines are
        (Finding("a.py:f", LENGTH, "too long", 50), {("a.py", LENGTH): 60}, False),
    ],
)
def test_what_is_allowed_is_so_at_its_place_for_its_limit_and_no_further(
    monkeypatch, capsys, finding, allowed, is_right
):
    monkeypatch.setattr(sizes, "findings", lambda: [finding])
    monkeypatch.setattr(sizes, "ALLOWED", {key: Allowance(size, "a table") for key, size in allowed.items()})
    assert sizes.main() == (0 if is_right else 1)
    assert ("(allowed up to" in capsys.readouterr().out) == is_right


def test_what_nothing_needs_any_more_is_not_allowed(monkeypatch, capsys):
    monkeypatch.setattr(sizes, "findings", list)
    monkeypatch.setattr(sizes, "ALLOWED", {("a.py", LINES): Allowance(400, "a table")})
    assert sizes.main() == 1
    assert "a.py  within the limits (lines): take it out of ALLOWED" in capsys.readouterr().out


def test_the_code_is_within_the_limits(capsys):
    assert sizes.main() == 0, capsys.readouterr().out
