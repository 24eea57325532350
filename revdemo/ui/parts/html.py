"""What the page shows as HTML: pure functions, everything that a model or a visitor wrote escaped."""

import html
from collections.abc import Sequence
from datetime import datetime

from revdemo.ui import locale


def escape(text: object) -> str:
    """Text as HTML that shows it; `$` and braces too, which gr.HTML would read as a template."""
    return html.escape(str(text)).replace("$", "&#36;").replace("{", "&#123;").replace("}", "&#125;")


def stars(count: int, label: str = "") -> str:
    """Stars as characters, read aloud as "4 of 5 stars"."""
    spoken = (locale.OF_FIVE_AS if label else locale.OF_FIVE).format(label=label, count=count)
    return (
        f'<span class="rd-stars" role="img" aria-label="{escape(spoken)}">{"★" * count}'
        f'<span class="rd-off">{"★" * (5 - count)}</span></span>'
    )


def percent(share: float) -> str:
    """A share in whole per cent; what rounds to all or nothing but is not says so."""
    if 0.995 <= share < 1:
        return f">{locale.number(0.99, '.0%')}"
    return f"<{locale.number(0.01, '.0%')}" if 0 < share < 0.005 else locale.number(share, ".0%")


def duration(seconds: float) -> str:
    """Seconds as a reader says them: "8 s", "2 min 5 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def sureness(confidence: float) -> str:
    """The probability of the predicted stars in words."""
    return next(words for least, words in locale.SURENESS if confidence >= least)


def message(text: str, kind: str = "") -> str:
    """A line that screen readers announce; kind: "", "warning" or "error"."""
    return f'<p class="rd-message {kind}" role="status">{escape(text)}</p>'


def counted(count: int) -> str:
    """A number of stars in words."""
    return locale.STAR_COUNT[min(count, 2)].format(count=count)


def moment(when: datetime) -> str:
    """A date and a time of this year, on the clock of this machine."""
    return locale.moment(when.astimezone())


def polarity(name: str, probability: float) -> str:
    """Negative, neutral or positive, and the probability of positive."""
    share = locale.POLARITY_SHARE.format(share=percent(probability))
    said = escape(locale.POLARITIES[name])
    return (
        f'<p class="rd-expected rd-polarity">{locale.POLARITY_NAME}: <strong>{said}</strong>, '
        f"{escape(share)}</p>"
    )


def prediction(
    count: int,
    confidence: float,
    expected: float,
    spoken: str,
    notes: Sequence[str] = (),
    polarity: str = "",
) -> str:
    """The predicted stars of a text, how sure, the expected value, its polarity as HTML, what to know."""
    listed = "".join(f'<li class="rd-note">{escape(note)}</li>' for note in notes)
    return (
        f'<div class="rd-prediction" role="status">{stars(count)}'
        f'<p class="rd-verdict"><strong>{counted(count)}</strong>, '
        f"{sureness(confidence)} ({escape(percent(confidence))})</p>"
        f'<p class="rd-expected">{escape(locale.EXPECTED.format(value=expected))}</p>{polarity}'
        f'<span class="rd-spoken">{escape(spoken)}</span>'
        + (f'<ul class="rd-notes">{listed}</ul>' if listed else "")
        + "</div>"
    )


def review(
    text: str, predicted: int | None, confidence: float | None, reason: str = "", below: str = ""
) -> str:
    """One generated review as a card; a reason makes it a rejected one; `below` is HTML at its end."""
    judged = ""
    if predicted and confidence is not None:
        sure = f"{sureness(confidence)} ({percent(confidence)})"
        judged = f'{stars(predicted, locale.PREDICTED)} <span class="rd-sure">{escape(sure)}</span>'
    why = reason_line(locale.REASONS.get(reason, reason)) if reason else ""
    return (
        f'<article class="rd-card {"rejected" if reason else "accepted"}"><header>'
        f'{judged}<span class="rd-tag">{locale.SYNTHETIC}</span></header>'
        f'<p class="rd-text">{escape(text) or "&mdash;"}</p>{why}{"" if reason else _copy()}{below}</article>'
    )


def reason_line(said: str) -> str:
    """Why a review is where it is, as the line below its text."""
    return f'<p class="rd-reason">{escape(said)}</p>'


def decide(index: int, accepted: bool, label: str) -> str:
    """A button of a card that takes a review in (accepted) or keeps it out, for `columns` to listen to."""
    data = f'data-review="{index}" data-accept="{str(accepted).lower()}"'
    return f'<button type="button" class="rd-copy" {data}>{escape(label)}</button>'


def _copy() -> str:
    """A button that copies the text of its card; it says so when it has."""
    press = (
        "navigator.clipboard.writeText(this.closest('article').querySelector('.rd-text').innerText)"
        f".then(() => this.textContent = '{escape(locale.COPIED)}')"
    )
    return f'<button type="button" class="rd-copy" onclick="{press}">{escape(locale.COPY)}</button>'


def column(
    title: str, count: int | None, cards: Sequence[str], empty: str, note: str = "", older: int = 0
) -> str:
    """A column of cards with a title, and their count where the title does not say it.

    `note` goes before the cards, and how many older ones are left out after them.
    """
    counted = "" if count is None else f' <span class="rd-count">{locale.number(count, ",")}</span>'
    return (
        f'<section class="rd-column" tabindex="0" aria-label="{escape(title)}">'
        f"<h2>{escape(title)}{counted}</h2>"
        + (f'<p class="rd-message warning">{escape(note)}</p>' if note else "")
        + ("".join(cards) if cards else f'<p class="rd-empty">{escape(empty)}</p>')
        + (f'<p class="rd-empty">{escape(locale.OLDER.format(count=older))}</p>' if older else "")
        + "</section>"
    )


def lead(text: str) -> str:
    """The sentence at the head of a tab, which says what it is for."""
    return f'<p class="rd-how rd-lead">{escape(text)}</p>'


def bar(share: float, label: str) -> str:
    """How far something is, also for those who cannot see it; share: 0 to 1."""
    return (
        f'<div class="rd-bar" role="progressbar" aria-label="{escape(label)}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{100 * share:.0f}"><span style="width:{share:.1%}"></span></div>'
    )


DOT = '<span class="rd-dot" aria-hidden="true"></span>'


def models(state: str, line: str, chips: str, notes: str) -> str:
    """One line for the models (loading, ready or failed) that opens to their chips, and notes below it."""
    summary = f"<summary>{DOT} <span>{escape(line)}</span></summary>"
    return (
        f'<div class="rd-models"><details class="rd-model {escape(state)}">{summary}'
        f'<div class="rd-chips">{chips}</div></details>{notes}</div>'
    )


def model_chip(role: str, state: str, detail: str, about: str = "") -> str:
    """The state of one model (loading, ready or failed) beside a dot of its colour; `about` is its card."""
    line = f"{DOT}<span><strong>{escape(locale.ROLES[role])}</strong> {escape(detail)}</span>"
    if not about:
        return f'<div class="rd-model {escape(state)}">{line}</div>'
    return disclosed(f"rd-model {escape(state)}", line, about)


def disclosed(kind: str, line: str, about: str) -> str:
    """A line that opens the card of its model; both are HTML."""
    said = f'<span class="rd-opens">{escape(locale.CARD_OPEN)}</span>'
    return f'<details class="{kind}"><summary>{line} {said}</summary>{about}</details>'
