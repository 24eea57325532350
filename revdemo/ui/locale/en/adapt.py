"""Your table, learned from: adapting the models, with figures before and after."""

ADAPT_TAB = "Adapt"
ADAPT_INTRO = (
    "Trains the starter's classifier and generator further on your table: they learn from some of its rows, "
    "and the figures before and after are measured on others. Your table stays on this machine."
)
ADAPT_ITEM = "Column that names the item reviewed"
ADAPT_ITEM_INFO = "no item is then both learned from and tested on"
ADAPT_NO_ITEM = "none"
ADAPT_MINUTES = "Minutes to spend"
ADAPT_MINUTES_INFO = "as many reviews as fit; 0: the recipe's number"
ADAPT_ESTIMATE, ADAPT_START, ADAPT_RESUME = "Estimate", "Adapt", "Resume"
ADAPT_USE = "Use these models now"
ADAPT_NO_TABLE = (
    "Upload a table with ratings first. If you did, the app has since forgotten it: upload it again."
)
ADAPT_NOTHING = "Nothing has been adapted yet. Estimate takes a minute: it times a few real steps."
ADAPT_STATES = {
    "estimating": "Estimating: a few real steps are timed. This takes a minute or two.",
    "running": (
        "Adapting to {name}. You may close this page: the work continues, and is here when you come back."
    ),
    "stopping": "Stopping after the current step.",
    "estimated": "Adapting to {name} takes about {minutes} on {device}.",
    "stopped": "Stopped. What was learned is kept: Resume continues from there.",
    "interrupted": "Interrupted: its process is gone. Resume continues from the last checkpoint.",
    "failed": "It failed: {problem}",
    "done": "Adapted to {name}. Before and after, on rows that no model learned from, with 95% intervals:",
}
ADAPT_DOING = {"reading": "Reading the table.", "estimate": "Timing a few steps.", "report": "Measuring."}
ADAPT_ROLES = {"stars": "Classifier", "generator": "Generator", "reading": "Reading", "report": "Figures"}
ADAPT_HEAD = ("", "step", "loss", "time left")
ADAPT_ESTIMATE_HEAD = ("", "reviews", "minutes")
ADAPT_FIGURES_HEAD = ("", "before", "after", "difference")
ADAPT_STEP = "{step} of {steps}"
ADAPT_UNDO = "Use the models the app started with"
ADAPT_LOADING = "Loading the models."
ADAPT_UNDONE = "The app uses the models that it was started with again. The adapted ones are kept."
ADAPT_USED = (
    "The app now uses the adapted models, for everybody who has it open, until you switch back "
    "or restart it. To keep them: python app.py --stars-model {stars_model} --generator "
    "{generator}"
)
