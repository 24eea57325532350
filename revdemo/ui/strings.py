"""Every word the page says."""

TITLE = "revdemo"
LEAD = "Predict the stars of a review, write new ones, and let the classifier decide which to keep."
FOR_STUDY = "Generated reviews are for training and study, not for posting."

# Models
ROLES = {"stars": "Star classifier", "generator": "Generator"}
STATES = {"idle": "not loaded yet", "loading": "loading…", "failed": "failed"}
ON_DEVICE = "on {device}"
REVISION = "revision {revision}"
LOADING_WAIT = "The {role} is still loading; your request starts as soon as it is ready."
UNEXPECTED = "{role} did not load: {error}. The log of the app has the details; start the app again to retry."
UNEXPECTED_PUBLIC = "{role} did not load. The log of the app says why; start the app again to retry."

# Classify
CLASSIFY = "Classify"
TEXT = "Review"
TEXT_PLACEHOLDER = "Type or paste a review. Enter predicts, Shift + Enter starts a new line."
PREDICT = "Predict"
EXAMPLES = "Examples"
PROBABILITIES = "Probability of each number of stars"
RESULT_EMPTY = "The predicted stars appear here."
EXPECTED = "Expected value {value:.1f} of 5"
SURENESS = ((0.8, "very sure"), (0.6, "fairly sure"), (0.4, "not sure"), (0.0, "little better than a guess"))
EMPTY = "Write or paste a review first."
NO_WORDS = "There are no words in this text: emojis, links and markup are not read. Add at least one word."
TOO_LONG = "This text has {count:,} characters and the limit is {limit:,}. Shorten it."
NOTE_ENGLISH = "This does not look like English, and the model knows only English: do not trust the stars."
NOTE_SHORT = "A text this short says little; more words make the prediction surer."
NOTE_TRUNCATED = "The text is longer than the model reads: it saw the beginning and the end, not the middle."

# Generate
GENERATE = "Generate"
STARS = "Stars"
STARS_INFO = "What the reviews should be worth"
RULE = "How many"
RULE_TARGET = "A number of accepted reviews"
RULE_FIRST = "Rounds of 20 until at least one is accepted (the original project's rule)"
ACCEPTED_WANTED = "Accepted reviews wanted"
ROUNDS = "Rounds at most"
ROUNDS_INFO = "A round is 20 samples"
TOLERANCE = "Accept"
TOLERANCES = (("exact", 0), ("near: one star off too", 1))
MIN_CONFIDENCE = "Minimum confidence"
MIN_CONFIDENCE_INFO = "Reject what the classifier is less sure of"
MORE = "Confidence, sampling, seed and opening"
OWN = "The generator's own sampling"
OWN_INFO = "Untick to set temperature, top-p and length"
TEMPERATURE = "Temperature: higher is more varied"
TOP_P = "Top-p: lower is safer"
LENGTH = "Length: most tokens a review"
SEED = "Seed"
SEED_INFO = "Same seed, same reviews"
DICE = "🎲 Roll"
OPENING = "Opening (optional)"
OPENING_PLACEHOLDER = "The first words of every review"
START = "Generate"
STOP = "Stop"
STOPPING = "Stopping…"
NEVER_BEGAN = "Stopped before it began."
WAITING = "Waiting for a free place…"
ACCEPTED = "Accepted"
REJECTED = "Rejected"
NEAREST = "Nothing was accepted. These are the nearest misses: they are not what you asked for."
NONE_ACCEPTED_YET = "None accepted yet."
NONE_REJECTED_YET = "None rejected yet."
NOTHING_YET = "Reviews appear here as the classifier judges them."
OLDER = "and {count:,} earlier ones: the downloads hold all of them."
HEAT_MAP = "Requested against predicted stars"
SYNTHETIC = "synthetic"
REQUESTED = "{stars} requested"
OPENING_TOO_LONG = "The opening has {count} characters and the limit is {limit}. Shorten it."
SEED_RANGE = "The seed is {seed!r}: it must be a whole number from 0 to {limit:,}."
NO_SEED = "The seed is empty. Type a whole number, or roll one."
CAP = "{name} is {value:,} and the limit here is {limit:,}. Ask for less."

# Progress of a run
ROUND_OF = "round {round} of {rounds}"
ACCEPTED_OF = "{accepted} of {target} accepted"
ACCEPTED_COUNT = "{accepted} accepted"
REJECTED_COUNT = "{rejected} rejected"
RATE = "acceptance {value} (95 % interval {low} to {high})"
LEFT = "about {time} left"
TOOK = "took {time}"

REASONS = {
    "stars": "other stars than requested",
    "confidence": "the classifier is not sure enough",
    "duplicate": "the same as another one",
    "near duplicate": "nearly the same as another one",
    "empty": "no words",
    "truncated": "did not come to an end",
    "copy": "copies a text the generator was trained on",
    "states score": "states its own score",
    "opening": "nothing follows the opening",
}
ENDINGS = {
    "target": "Done: every accepted review you asked for.",
    "rounds": "Ended: the rounds ran out.",
    "deadline": "Ended: the time ran out.",
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
RUN_LINE = "{when}  ·  {stars} ★  ·  {state}  ·  {accepted} accepted, {rejected} rejected"
DOWNLOADS = {
    "accepted": "⬇ Accepted CSV",
    "rejected": "⬇ Rejected CSV",
    "all": "⬇ All JSONL",
}

UNEXPECTED_ERROR = "Something went wrong that revdemo did not expect. The log of the app has the details."
