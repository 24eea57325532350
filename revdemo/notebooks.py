"""What a notebook shows of results: small tables as HTML, everything in them escaped."""

from collections.abc import Sequence
from html import escape


def table(caption: str, head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A table as HTML; the first cell of each row names it."""
    top = "".join(f"<th>{escape(str(name))}</th>" for name in head)
    body = "".join(
        f"<tr><th>{escape(str(first))}</th>{''.join(f'<td>{escape(str(value))}</td>' for value in rest)}</tr>"
        for first, *rest in rows
    )
    caption = f"<caption>{escape(caption)}</caption>"
    return f"<table>{caption}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
