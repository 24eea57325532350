"""How events of the page wait: at once, for a model, or for a long job.

The keywords of an event listener, by how long its work takes; Gradio keeps a line for each `concurrency_id`.
"""

from typing import Any

# Events that answer at once, beside the queue.
QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}

# Events that answer at once, but through the queue: only of those does the page show an error in words, and
# only those tell the listeners of a gr.State that it changed.
AT_ONCE: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden", "api_visibility": "private"}

# What uses a model for a moment: two at a time. What takes seconds has lines of its own, so that a prediction
# waits for predictions alone.
MODEL: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 2}
EXPLAIN: dict[str, Any] = {"concurrency_id": "explain", "concurrency_limit": 1}
MEASURE: dict[str, Any] = {"concurrency_id": "measure", "concurrency_limit": 1}

# Long jobs never stand in Gradio's queue, which has one length for all events: they wait in `Tickets`.
WORK: dict[str, Any] = {"concurrency_id": "work", "concurrency_limit": None}
