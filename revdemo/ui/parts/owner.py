"""Whose runs they are: an id that cannot be guessed, which the browser keeps and sends."""

import re
import secrets

import gradio as gr

OWNER = re.compile(r"[\w-]{32}")

# Fixed, so that a browser finds its runs again after a restart of the app. The secret only scrambles what the
# browser keeps for itself: who a visitor is rests on the owner id, which cannot be guessed.
STORAGE_KEY = "revdemo-owner"
STORAGE_SECRET = "revdemo"


def owner_state() -> gr.BrowserState:
    """Where a browser keeps its owner id."""
    return gr.BrowserState("", storage_key=STORAGE_KEY, secret=STORAGE_SECRET)


def known_owner(owner: object) -> str | None:
    """The owner id that a browser sent, None if it is none of ours."""
    return owner if isinstance(owner, str) and OWNER.fullmatch(owner) else None


def new_owner() -> str:
    """An owner id that cannot be guessed."""
    return secrets.token_urlsafe(24)
