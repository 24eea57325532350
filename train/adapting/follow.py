"""What others see of an adaptation under way, and how they stop it."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from revdemo.tables.adapting.contract import PROGRESS, Line, State

PAUSE = 1.0  # seconds between two lines of progress, at least


class Stopped(Exception):
    """The adaptation was stopped in good order; the same command resumes it."""


class Stop:
    """Whether to stop: set by SIGTERM or SIGINT; a second one ends the process as usual."""

    def __init__(self):
        self.wanted = threading.Event()

    def listen(self) -> None:
        """Take the two signals over, which the main thread alone can do."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)

    def _signalled(self, number, _frame) -> None:
        self.wanted.set()
        signal.signal(number, signal.SIG_DFL)

    def check(self) -> None:
        """Raise Stopped where a stop is wanted."""
        if self.wanted.is_set():
            raise Stopped


class ProgressFile:
    """Lines of JSON at the end of a file, each whole: what is being done, how far it is, what is left."""

    def __init__(self, folder: Path):
        self.path = folder / PROGRESS
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, **fields: Any) -> None:
        """Say that a process begins, or resumes; half a line that a kill left is ended first."""
        if self.path.exists() and not self.path.read_bytes().endswith(b"\n"):
            with self.path.open("ab") as file:
                file.write(b"\n")
        self.tell(state=State.STARTED, pid=os.getpid(), **fields)

    def tell(self, **fields: Any) -> None:
        """Add a line."""
        line = Line(time=round(time.time(), 2), **fields)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line.model_dump_json(exclude_unset=True) + "\n")


class Follow(TrainerCallback):
    """Tells the progress of a training, and ends it with a checkpoint where a stop is wanted."""

    def __init__(self, role: str, progress: ProgressFile, stop: Stop):
        self.role, self.progress, self.stop = role, progress, stop
        self.loss: float | None = None
        self.told = 0.0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock."""
        self.began, self.first = time.monotonic(), state.global_step

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Remember the loss."""
        self.loss = (logs or {}).get("loss", self.loss)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Say how far it is, at most once a second, and stop where that is wanted."""
        now, done = time.monotonic(), state.global_step
        if now - self.told >= PAUSE or done == state.max_steps:
            self.told = now
            left = (now - self.began) / (done - self.first) * (state.max_steps - done)
            about = {"role": self.role, "step": done, "steps": state.max_steps}
            self.progress.tell(**about, loss=self.loss, seconds_left=round(left, 1))
        if self.stop.wanted.is_set() and done < state.max_steps:
            control.should_save = control.should_training_stop = True
