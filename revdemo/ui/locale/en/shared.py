"""What more than one tab says: the name of the page, stars and polarities, charts, jobs."""

from revdemo.errors import Phrase

TITLE = "revdemo"
LEAD = "Predict the stars of a review, write new ones, and let the classifier decide which to keep."
FOR_STUDY = "Generated reviews are for training and study, not for posting."
LANGUAGE_CHOICE = "Language"

# Stars and polarities
STAR_COUNT = {1: "1 star", 2: "{count} stars"}
OF_FIVE = "{count} of 5 stars"
OF_FIVE_AS = "{label} {count} of 5 stars"
PREDICTED = "predicted"
POLARITIES = {"negative": "negative", "neutral": "neutral", "positive": "positive"}
TRUE = "true"

# Charts: their axes, and what they show in words
PLOT_PROBABILITIES = "Probability of each star: {parts}."
PLOT_MATRIX = "Predicted stars. {parts}."
PLOT_MATRIX_EMPTY = "No review yet."
PLOT_POLARITY = "Predicted polarity. {parts}."
PLOT_POLARITY_TRUE = Phrase("true", context="polarity")
PLOT_POLARITY_PREDICTED = Phrase("predicted", context="polarity")
PLOT_AS = "{n:,} as {other}"
PLOT_LOSS = "loss"
PLOT_LOSSES = {"loss": "training", "eval_loss": "validation"}
PLOT_LOSSES_SPOKEN = {
    "loss": "Training loss from {first:.3f} to {last:.3f}.",
    "eval_loss": "Validation loss from {first:.3f} to {last:.3f}.",
}
PLOT_EPOCH = "epoch"
PLOT_BEFORE, PLOT_AFTER = "before", "after"
PLOT_REVIEWS = "reviews"
PLOT_BALANCE = "Reviews before and after balancing: {parts}."
PLOT_BALANCE_PART = "{stars} {old:,}, then {new:,}"
PLOT_DISTRIBUTION = "Predicted: {parts}."
PLOT_REAL, PLOT_SYNTHETIC, PLOT_LACKING = "real", "synthetic", "missing"
PLOT_ACCEPTED = "accepted"
PLOT_ACCEPTANCE = "Accepted of the reviews requested with {parts}."
PLOT_INTERVAL = "{name} {value:.1%} ({low:.1%} to {high:.1%})"
PLOT_PERFECT, PLOT_MEASURED = "perfect", "measured"
PLOT_SURE, PLOT_RIGHT = "how sure", "how often right"
PLOT_RELIABILITY_HOVER = "sure %{x:.0%}: right %{y:.0%} of %{customdata:,}"
PLOT_RELIABILITY = "How often predictions are right: {parts}."
PLOT_RELIABILITY_PART = "{sure} sure, {right} right of {n:,}"
PLOT_SHARE_OF_REAL = "share of real reviews"
PLOT_DIVERSITY_HOVER = "%{x:.1%} of real reviews"
PLOT_DIVERSITY = "Generated reviews as a share of real ones: {parts}."
PLOT_STUDY_PART = "{value:.4g} with {setting}"

# Jobs
STOP = "Stop"
STOPPING = "Stopping…"
NEVER_BEGAN = "Stopped before it began."
WAITING = "Waiting in the queue…"
COPY = "Copy"
COPIED = "Copied"
LEFT = "about {time} left"
TOOK = "took {time}"

# Errors
UNEXPECTED_ERROR = "Something went wrong that revdemo did not expect. The log of the app has the details."
FORGOTTEN = "Uploaded files are kept for a day, and this one is gone: upload it again."
