"""Tell which parts of the code are larger, thinner or less typed than the project wants them.

    python -m tests.support.sizes

Prints a line for each finding, and ends with status 1 if there is one without a reason in ALLOWED, or a
reason there that nothing needs any more.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import grimp

ROOT = Path(__file__).parents[2]
FOLDERS = ("revdemo", "train", "benchmarks")

MOST_LINES = 300  # of a module
LEAST_LINES = 20
MOST_OF_A_FUNCTION = 45  # lines, its decorators apart
MOST_FILES = 10  # of a room, __init__ and __main__ apart
NO_MODULES = ("__init__.py", "__main__.py")  # they may be short, and do not count

LINES, THIN, LENGTH, FILES, TYPES, CIRCLE = "lines", "thin", "length", "files", "types", "circle"


class Allowance(NamedTuple):
    """Another limit of a place, and why it needs one."""

    limit: int
    reason: str


ALLOWED = {  # by place and by what is limited there: so far beyond, and no further
    ("revdemo/notebooks.py", THIN): Allowance(15, "one function, which every room's results share"),
    ("train/", FILES): Allowance(13, "its files are commands, which README.md and training.json name"),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Finding:
    """A place of the code, what is limited there, how it is beyond, and its size where that is a number."""

    place: str
    limited: str
    what: str
    size: int | None = None

    @property
    def allowance(self) -> Allowance | None:
        """What allows it; None where nothing does, or where it is beyond that too."""
        found = ALLOWED.get((self.place, self.limited))
        if found is None or self.size is None:
            return None
        within = self.size >= found.limit if self.limited == THIN else self.size <= found.limit
        return found if within else None

    def __str__(self) -> str:
        line = f"{self.place}  {self.what}"
        if self.allowance:
            return f"{line}  (allowed up to {self.allowance.limit}: {self.allowance.reason})"
        beyond = ALLOWED.get((self.place, self.limited))
        return f"{line}  (allowed only up to {beyond.limit})" if beyond else line


def of_module(path: str, source: str) -> Iterator[Finding]:
    """What one module is beyond: its lines, its functions' lines, its public functions' types."""
    lines = len(source.splitlines())
    if lines > MOST_LINES:
        yield Finding(path, LINES, f"{lines} lines, at most {MOST_LINES}", lines)
    if lines < LEAST_LINES and Path(path).name not in NO_MODULES:
        yield Finding(path, THIN, f"{lines} lines, at least {LEAST_LINES}", lines)
    for name, function, public in _functions(ast.parse(source)):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > MOST_OF_A_FUNCTION:
            yield Finding(f"{path}:{name}", LENGTH, f"{length} lines, at most {MOST_OF_A_FUNCTION}", length)
        if public and (untyped := _untyped(function)):
            yield Finding(f"{path}:{name}", TYPES, f"no type of {', '.join(untyped)}")


def of_rooms(paths: Iterable[str]) -> Iterator[Finding]:
    """The folders with more files than a reader keeps in mind."""
    rooms: dict[str, int] = {}
    for path in map(Path, paths):
        if path.name not in NO_MODULES:
            rooms[path.parent.as_posix()] = rooms.get(path.parent.as_posix(), 0) + 1
    for room, files in rooms.items():
        if files > MOST_FILES:
            yield Finding(f"{room}/", FILES, f"{files} files, at most {MOST_FILES}", files)


def of_imports(imports: dict[str, set[str]]) -> Iterator[Finding]:
    """A circle of modules that import one another, if there is one."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        circle = error.args[1]
        yield Finding(circle[0], CIRCLE, f"an import circle: {' <- '.join(circle)}")


def imports_of(*packages: str) -> dict[str, set[str]]:
    """The modules that each module imports when it runs; what is for types alone is left out."""
    graph = grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def findings(root: Path = ROOT) -> list[Finding]:
    """Everything that is beyond a limit, allowed or not."""
    paths = sorted(
        path.relative_to(root).as_posix() for own in FOLDERS for path in (root / own).rglob("*.py")
    )
    found = [one for path in paths for one in of_module(path, (root / path).read_text(encoding="utf-8"))]
    return [*found, *of_rooms(paths), *of_imports(imports_of("revdemo", "train"))]


def main() -> int:
    """Print the findings; returns 1 if one is not allowed, or an allowance is not needed."""
    found = findings()
    unneeded = ALLOWED.keys() - {(one.place, one.limited) for one in found}
    for one in found:
        print(one)
    for place, limited in sorted(unneeded):
        print(f"{place}  within the limits ({limited}): take it out of ALLOWED")
    return int(bool(unneeded) or any(one.allowance is None for one in found))


def _functions(tree: ast.AST, inside: str = "", public: bool = True) -> Iterator[tuple[str, Function, bool]]:
    """Every function with its dotted name, and whether who imports the module may call it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            yield inside + node.name, node, public and _is_public(node.name)
            yield from _functions(node, f"{inside}{node.name}.", public=False)
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{inside}{node.name}.", public and _is_public(node.name))
        else:
            yield from _functions(node, inside, public)


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _untyped(function: Function) -> list[str]:
    """The arguments of a function without a type, and "return"."""
    own = function.args
    arguments = [*own.posonlyargs, *own.args, *own.kwonlyargs, *filter(None, (own.vararg, own.kwarg))]
    untyped = [one.arg for one in arguments if one.annotation is None and one.arg not in ("self", "cls")]
    returns = function.returns is not None or (function.name == "__init__" and not untyped)
    return untyped if returns else [*untyped, "return"]


if __name__ == "__main__":
    sys.exit(main())
