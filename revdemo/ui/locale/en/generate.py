"""The Generate tab: its form, its progress, the runs, their quality and the code that repeats them."""

from revdemo.errors import Phrase

GENERATE = "Generate"
GENERATE_LEAD = (
    "Choose stars, and the generator writes reviews for them; the classifier reads each one and keeps what "
    "agrees."
)
STARS = "Stars to write for"
KIND = "About"
REVIEW_KINDS = {
    "film": "a film",
    "product": "a product",
    "clothing": "clothing",
    "restaurant": "a restaurant",
    "hotel": "a hotel",
    "book": "a book",
}
RULE = "How many"
RULE_TARGET = "A number of accepted reviews"
RULE_FIRST = "Rounds of 20 until at least one is accepted (the original project's rule)"
ACCEPTED_WANTED = "Accepted reviews"
ROUNDS = "Maximum rounds"
ROUNDS_INFO = "A round is 20 samples"
TOLERANCE = "Accept"
TOLERANCES = ((Phrase("exact", context="stars accepted"), 0), ("one star off too", 1))
MIN_CONFIDENCE = "Minimum confidence"
MIN_CONFIDENCE_INFO = "Reject what the classifier is less sure of"
MIN_LIKENESS = "Minimum likeness to real reviews"
MIN_LIKENESS_INFO = "Reject what reads less like a real review; 0 rejects none"
MORE = "More settings"
OWN = "The generator's own sampling"
OWN_INFO = "Untick to set temperature, top-p, min-p and length"
TEMPERATURE = "Temperature: higher is more varied"
TOP_P = "Top-p: lower is safer"
MIN_P = "Min-p: higher is safer"
LENGTH = "Maximum length (tokens)"
SEED = "Seed"
SEED_INFO = "Same seed, same reviews"
DICE = "🎲 Roll"
OPENING = "Opening (optional)"
OPENING_PLACEHOLDER = "The first words of every review"
START = "Generate"

# Five at a glance
GLANCE = "Five at a glance"
GLANCE_HOW = "One accepted review of each number of stars, with the settings above."
GLANCE_STATES = {
    "waits": "waiting",
    "begins": "writing…",
    "tried": "writing… {count:,} rejected so far",
    "none": "none accepted of {count:,}",
    "stopped": "stopped",
}
GLANCE_RUNNING = "Writing for {count} of 5 stars."
GLANCE_DONE = "{count} of 5 found. Each is a run of its own in the list below, with all that was tried."

# Reviews
ACCEPTED = "Accepted"
REJECTED = "Rejected"
NEAREST = "Nothing was accepted. These are the nearest misses: they are not what you asked for."
NONE_ACCEPTED_YET = "None accepted yet."
NONE_REJECTED_YET = "None rejected yet."
NOTHING_YET = "Reviews appear here as the classifier judges them."
OLDER = "and {count:,} earlier ones: the downloads hold all of them."
HEAT_MAP = "Requested against predicted stars"
KEEP_OUT, TAKE_IN, UNDO = "Keep out", "Take in", "Undo"
NO_RUN_CHOSEN = "Choose a run from the list first."
KEPT_OUT = "kept out by hand"
TAKEN_IN = "taken in by hand; the filter said: {reason}"
BY_HAND = "by hand: {kept_out:,} kept out, {taken_in:,} taken in"
SYNTHETIC = Phrase("synthetic", context="one review")
NO_SEED = "The seed is empty. Type a whole number, or roll one."
CAP = "{name} is {value:,} and the limit here is {limit:,}. Ask for less."

# Progress
ROUND_OF = "round {round} of {rounds}"
ACCEPTED_OF = "{accepted:,} of {target:,} accepted"
ACCEPTED_COUNT = "{accepted:,} accepted"
REJECTED_COUNT = "{rejected:,} rejected"
RATE = "acceptance {value} (95% interval {low} to {high})"

REASONS = {
    "stars": "other stars than requested",
    "confidence": "the classifier is not sure enough",
    "duplicate": "the same as another one",
    "near duplicate": "nearly the same as another one",
    "empty": "no words",
    "truncated": "cut off before its end",
    "copy": "copies a text the generator was trained on",
    "states score": "states its own score",
    "opening": "nothing follows the opening",
    "likeness": "does not read like a review",
}
ENDINGS = {
    "target": "Done: every accepted review you asked for.",
    "rounds": "Ended: the maximum number of rounds was reached.",
    "deadline": "Ended: the time limit was reached.",
    "stopped": "Stopped. What was judged is kept.",
    "failed": "The run failed. What was judged is kept.",
    "interrupted": "Interrupted: the app ended in the middle of this run. What was judged is kept.",
    "running": "Running.",
}

# Runs
RUNS = "Your runs"
RUNS_INFO = "Kept across reloads and restarts; only this browser sees them. Choose one to open it."
NO_RUNS = "No run yet. Runs are kept here, also after a reload or a crash."
RUN_STATES = {
    "running": "running",
    "target": "finished",
    "rounds": "finished, rounds ran out",
    "deadline": "finished, time ran out",
    "stopped": "stopped",
    "failed": "failed",
    "interrupted": "interrupted",
}
RUN_LINE = "{when}  ·  {stars} ★  ·  {state}  ·  {accepted:,} accepted, {rejected:,} rejected"
DOWNLOADS = {
    "accepted": "⬇ Accepted CSV",
    "rejected": "⬇ Rejected CSV",
    "all": "⬇ All JSONL",
}

# Quality of a run
QUALITY = "Quality of this run"
QUALITY_NOTHING = "There is nothing to measure: no review was judged."
QUALITY_ASKING = "Asking the polarity classifier: {done:,} of {of:,}…"
QUALITY_HOW = (
    "Small print under a real figure is the range of 95% of draws of as many real film reviews of the same "
    "stars, cut to the same length; a distinct figure below it means less variety than people write. Small "
    "print under a share is its 95% interval."
)
QUALITY_BY_DESIGN = (
    "Near duplicates and copies of training text are rejected, so accepted reviews have none by design: look "
    "at all judged."
)
QUALITY_OPINION = (
    "The second opinion is the polarity classifier: 1 and 2 stars should read as negative, 3 as neutral, 4 "
    "and 5 as positive. It learned from the same reviews as the filter, so it is not independent of it. Its "
    "real figure is of film reviews of 1, 2, 4 and 5 stars together, or of those of 3 alone, at full length."
)
QUALITY_HEAD = ("", "accepted", "real, as many", "all judged", "real, as many")
QUALITY_FIGURES = {
    "n": "reviews",
    "distinct1": "distinct-1",
    "distinct2": "distinct-2",
    "near_duplicates": "near duplicates",
    "words": "length (words)",
    "copies": "copies of training text (13 words in a row)",
    "agreement": "second opinion agrees",
}
QUALITY_BESIDE = {-1: "less varied", 0: "as real ones", 1: "more varied"}

# The code of a run
CODE = "Show me the code"
CODE_HOW = (
    "Run either from the project's folder: on the same device, with the same models, settings and library "
    "versions, it writes the same reviews again. A run that was stopped or hit its time "
    "limit will write more."
)
CODE_COMMAND = "Command line"
CODE_PYTHON = "Python"

# Examples
GENERATE_EXAMPLES = "Examples: they fill in the form, then press Generate"
GENERATE_EXAMPLE_LABELS = (
    "Five reviews of 5 stars",
    "Ten of 2, or one off",
    "Five of 1, high confidence",
    "A given opening",
)
GENERATE_OPENING = "The acting"
