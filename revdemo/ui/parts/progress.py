"""How far a job is, as HTML: what it waits for, or a sentence, its facts and a bar."""

from collections.abc import Sequence

from revdemo.ui.parts import html


def waiting(text: str, kind: str = "") -> str:
    """A summary that says what a job waits for, or why there is none; kind: as of `html.message`."""
    return f'<div class="rd-run">{html.message(text, kind)}</div>'


def job_progress(
    facts: Sequence[str], share: float, label: str, said: str = "", before: str = "", spoken: bool = False
) -> str:
    """How far a job is.

    Args:
        share: what is done of the whole, 0 to 1. label: of the bar, for those who cannot see it.
        before: HTML that stands before the sentence.
        spoken: whether screen readers announce it: the end of a job, not every quarter of a second.
    """
    how = 'role="status"' if spoken else 'aria-live="off"'
    strong = f"<strong>{html.escape(said)}</strong>" if said else ""
    sentence = f"<p>{before}{strong}</p>" if before or said else ""
    spans = "".join(f"<span>{html.escape(fact)}</span>" for fact in facts)
    return (
        f'<div class="rd-run" {how}>{sentence}<p class="rd-facts">{spans}</p>{html.bar(share, label)}</div>'
    )
