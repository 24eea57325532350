"""The one line between what a user is told and what is a bug."""


class RevdemoError(Exception):
    """A mistake or a limit the user can act on: its message is written for the user and shown to the user."""
