"""The Stop button of what a tab does for long: it says its last word, and what waits is cancelled."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from revdemo.ui import strings
from revdemo.ui.state import QUIET, Tickets

PATIENCE = 5.0  # seconds that Stop waits for a job's last update, at most


def connect(
    tickets: Tickets,
    button: gr.Button,
    key: gr.State,
    streams: Sequence[Any],
    finish: Callable[[str], tuple[Any, ...]],
    outputs: Sequence[gr.components.Component],
    patience: float = PATIENCE,
) -> None:
    """Let a button stop the job whose key `key` holds and one of `streams` shows; `finish` fills `outputs`.

    Stop lets the job end in good order; cancelling comes after, for one that still waits for its turn.
    """

    def halt(value: str) -> gr.Button:
        if job := tickets.get(value):
            job.stop.set()
        return gr.Button(strings.STOPPING, interactive=False)

    def settle(value: str) -> None:
        job = tickets.get(value)
        if job and job.begun.is_set():
            job.ended.wait(patience)

    halted = button.click(halt, key, button, **QUIET)
    cancelled = halted.then(settle, key, **QUIET).then(None, cancels=list(streams))
    cancelled.then(finish, key, list(outputs), **QUIET)
