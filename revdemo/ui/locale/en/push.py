"""Pushing what was made to the Hugging Face Hub."""

PUSH = "Push to the Hub"
PUSH_HOW = (
    "The accepted reviews become a data set on the Hugging Face Hub, with a card that says how they were "
    "made, in one commit. What is there already is not sent again."
)
PUSH_TABLE_HOW = (
    "The table, real and synthetic rows together, becomes a private data set on the Hugging Face Hub, with "
    "its card, in one commit."
)
PUSH_NAME = "Repository"
PUSH_PRIVATE = "Private"
PUSH_PRIVATE_QUOTED = '"Private"'
PUSH_TOKEN = "Token"
PUSH_TOKEN_INFO = (
    "Yours, with write access (huggingface.co/settings/tokens). It is used for this one push "
    "only: it is not kept, and the box is emptied."
)
PUSH_START = "Push"
PUSH_SIGN_IN = "Sign in with Hugging Face"
PUSH_SIGN_OUT = "Sign out ({})"
PUSH_SIGN_IN_FIRST = "Sign in first: what is pushed belongs to you. Your runs are still here afterwards."
PUSH_NO_TOKEN = "Type a token first: you can make one with write access at huggingface.co/settings/tokens."
PUSH_BAD_TOKEN = "That is not a token. Copy it whole: it begins with hf_ and has no space in it."
PUSH_NEW_TOKEN = "Copy it again, or make a new one"
PUSH_SIGN_IN_AGAIN = "Sign out, and sign in again"
PUSH_AGAIN = "Push again"
PUSH_LIMIT = "A sign-in reaches only repositories of yours that were made from here: name a new one."
PUSH_NO_RUN = "There is no run of yours to push. Make one, or choose one from the list of runs."
PUSH_NO_TABLE = "There is no balanced table to push yet. Fill the gaps first."
PUSH_REAL_ROWS = (
    "The table holds real reviews, which belong to their authors. Push it as private, or name the licence "
    "that lets you publish them: python -m train.publish dataset --folder … --license …"
)
PUSHED = "Pushed to {name} in commit {commit}."
PUSHED_NOTHING = "Nothing has changed in {name} since commit {commit}, so nothing was pushed."
PUSH_SEE = "See it on the Hub"
