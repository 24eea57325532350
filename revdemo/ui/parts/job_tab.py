"""A tab of long jobs: how one begins, is followed, ends and is stopped, written once for every tab."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Generic, TypeVar

import gradio as gr

from revdemo.ui import locale
from revdemo.ui.errors import shown
from revdemo.ui.services.jobs import Job
from revdemo.ui.services.queue import AT_ONCE, QUIET, WORK
from revdemo.ui.services.services import Services

J = TypeVar("J", bound=Job)

# What changes on a tab: its components, or their names as attributes of the tab, and what they become. The
# rest stays as it is.
Update = dict[Any, Any]


class JobTab(Generic[J]):
    """A tab whose jobs take long: a subclass lays it out and says what they show, and this does the rest.

    It has a button `stop` and a `summary`, beside which the progress of a job is drawn.
    """

    stop: gr.Button
    summary: gr.HTML
    patience = 5.0  # seconds that Stop waits for a job's last update, at most

    def __init__(self, services: Services):
        self.services, self.key = services, gr.State("")  # key: of the job in `services.tickets`
        self.starts: list[gr.Button] = []

    def updates(self, job: J) -> Generator[Update, None, None]:
        """What the page shows of a job under way."""
        raise NotImplementedError

    def ended(self, job: J) -> Update:
        """What the page shows of a job that has ended, one way or another."""
        raise NotImplementedError

    def waiting(self, job: J) -> Update:
        """What the page shows of a job that was asked for just now."""
        raise NotImplementedError

    def refused(self, error: Exception) -> Update:
        """What the page shows where what was asked for cannot be done: by default an error over the page."""
        with shown():
            raise error

    def busy(self) -> Update:
        """The buttons while a job is under way."""
        return {start: gr.Button(interactive=False) for start in self.starts} | {
            self.stop: gr.Button(interactive=True)
        }

    def free(self, job: J | None) -> Update:
        """The buttons after a job; None is one of which the end was shown before."""
        return {start: gr.Button(interactive=True) for start in self.starts} | {
            self.stop: gr.Button(locale.STOP, interactive=False)
        }

    def connect_jobs(
        self,
        asks: Mapping[gr.Button, Callable[[dict[Any, Any], str | None], J]],
        inputs: set[gr.components.Component],
        streamed: Sequence[gr.components.Component],
        changed: Sequence[gr.components.Component],
    ) -> None:
        """Let each button begin the job that its function makes of the values of `inputs` and the session.

        Args:
            streamed: what `updates` change.
            changed: what anything else changes, the key and the buttons apart.
        """
        self.starts = list(asks)
        outputs = [*self.starts, self.stop, *changed]
        streams = []
        for button, ask in asks.items():
            begun = button.click(self._begin_with(ask), inputs, [self.key, *outputs], **AT_ONCE)
            stream = begun.success(
                self._stream,
                self.key,
                list(streamed),
                show_progress="minimal",
                show_progress_on=self.summary,
                api_visibility="private",
                **WORK,
            )
            stream.then(self._finish, self.key, outputs, **QUIET)
            streams.append(stream)
        # Stop lets the job end in good order; cancelling comes after, for one that still waits for its turn.
        halted = self.stop.click(self._halt, self.key, self.stop, **QUIET)
        cancelled = halted.then(self._settle, self.key, **QUIET).then(None, cancels=streams)
        cancelled.then(self._finish, self.key, outputs, **QUIET)

    def outputs(self, update: Update) -> Any:
        """An update as Gradio takes it, which knows no names and no empty dict."""
        found = {getattr(self, own) if isinstance(own, str) else own: value for own, value in update.items()}
        return found or gr.skip()

    def _begin_with(self, ask: Callable[[dict[Any, Any], str | None], J]) -> Callable[..., Any]:
        def begin(values: dict[Any, Any], request: gr.Request) -> Any:
            try:
                job = ask(values, request.session_hash)
            except Exception as error:
                return self.outputs({self.key: ""} | self.refused(error))
            key = self.services.tickets.add(job)
            return self.outputs({self.key: key} | self.busy() | self.waiting(job))

        return begin

    def _stream(self, key: str) -> Iterator[Any]:
        yield from self.services.tickets.follow(key, self._shown)

    def _shown(self, job: J) -> Iterator[Any]:
        with closing(self.updates(job)) as updates:
            for update in updates:
                yield self.outputs(update)

    def _halt(self, key: str) -> gr.Button:
        if job := self.services.tickets.get(key):
            job.stop.set()
        return gr.Button(locale.STOPPING, interactive=False)

    def _settle(self, key: str) -> None:
        job = self.services.tickets.get(key)
        if job and job.begun.is_set():
            job.ended.wait(self.patience)

    def _finish(self, key: str) -> Any:
        job = self.services.tickets.drop(key)  # None where the other way here came first
        with shown():
            return self.outputs(self.free(job) | (self.ended(job) if job else {}))


def download(file: Path | None, **options: Any) -> gr.DownloadButton:
    """A button with a file to download, off without one; options as of gr.DownloadButton."""
    return gr.DownloadButton(value=str(file) if file else None, interactive=file is not None, **options)
