"""What `pybabel extract` takes from the code for the catalogues; babel.cfg names the files."""

import ast
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

CALLS = ("RevdemoError", "Phrase")
Message = tuple[int, str | None, str | tuple[str, str], list[str]]


def errors(file: BinaryIO, keywords: object, comment_tags: object, options: object) -> Iterator[Message]:
    """The ids of a module's errors and phrases, which are the literal first arguments."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and (found := _called(node)):
            yield found


def page(file: BinaryIO, keywords: object, comment_tags: object, options: object) -> Iterator[Message]:
    """The texts of `en`: every one that has a letter in the value of a name in capitals."""
    for node in ast.parse(file.read()).body:
        if isinstance(node, ast.Assign):
            yield from _texts(node.value)


def _texts(node: ast.expr) -> Iterator[Message]:
    if isinstance(node, ast.Constant):
        if text := _words(node):
            yield node.lineno, None, text, []
    elif isinstance(node, ast.Call):
        if found := _called(node):
            yield found
    elif isinstance(node, ast.Dict | ast.Tuple):
        for part in node.values if isinstance(node, ast.Dict) else node.elts:
            yield from _texts(part)


def _called(node: ast.Call) -> Message | None:
    if getattr(node.func, "id", "") not in CALLS or not node.args or not (text := _words(node.args[0])):
        return None
    context: Any = next((one.value for one in node.keywords if one.arg == "context"), None)
    if context is None:
        return node.lineno, None, text, []
    return node.lineno, "pgettext", (context.value, text), []


def _words(node: ast.expr) -> str:
    """The text of a node that has a letter outside its fields; "" of any other node."""
    text = node.value if isinstance(node, ast.Constant) else None
    if not isinstance(text, str) or not re.search(r"[^\W\d_]", re.sub(r"\{.*?\}", "", text)):
        return ""
    return text
