"""Every word the page says, in English; `es` has the same names in Spanish."""

TITLE = "revdemo"
LEAD = "Predict the stars of a review, write new ones, and let the classifier decide which to keep."
FOR_STUDY = "Generated reviews are for training and study, not for posting."

# Models
ROLES = {"stars": "Star classifier", "polarity": "Polarity classifier", "generator": "Generator"}
STATES = {"idle": "not loaded yet", "loading": "loading…", "failed": "failed"}
ON_DEVICE = "on {device}"
LOADING_WAIT = "The {role} is still loading; your request starts as soon as it is ready."
UNEXPECTED = "{role} did not load: {error}. The log of the app has the details; start the app again to retry."
UNEXPECTED_PUBLIC = "{role} did not load. The log of the app says why; start the app again to retry."

# What was written where it is shown: stars in words, polarities, examples, dates, and the figures' own words
STAR_COUNT = {1: "1 star", 2: "{count} stars"}
OF_FIVE = "{count} of 5 stars"
OF_FIVE_AS = "{label} {count} of 5 stars"
PREDICTED = "predicted"
POLARITIES = {"negative": "negative", "neutral": "neutral", "positive": "positive"}
EXAMPLE_LABELS = {
    "Clear praise": "Clear praise",
    "Clear dislike": "Clear dislike",
    "Mixed": "Mixed",
    "Negated": "Negated",
    "Ironic": "Ironic",
    "Product, praise": "Product, praise",
    "Product, dislike": "Product, dislike",
    "Product, so-so": "Product, so-so",
    "Product, ironic": "Product, ironic",
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TRUE = "true"
LANGUAGE_CHOICE = "Language"
PLOT_PROBABILITIES = "Probability of each star: {parts}."
PLOT_MATRIX = "Predicted stars. {parts}."
PLOT_MATRIX_EMPTY = "No review yet."
PLOT_POLARITY = "Predicted polarity. {parts}."
PLOT_POLARITY_TRUE, PLOT_POLARITY_PREDICTED = "true", "predicted"
PLOT_AS = "{n} as {other}"
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
PLOT_REAL, PLOT_SYNTHETIC, PLOT_LACKING = "real", "synthetic", "lacking"
PLOT_GAPS = "Reviews: {parts}."
PLOT_GAPS_PART = "{stars} {own:,} real, {written:,} synthetic, {left:,} lacking"
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
PLOT_STUDY_PART = "{value} with {setting}"

# Classify
CLASSIFY = "Classify"
TEXT = "Review"
TEXT_PLACEHOLDER = "Type or paste a review. Enter predicts, Shift + Enter starts a new line."
PREDICT = "Predict"
EXAMPLES = "Examples"
PROBABILITIES = "Probability of each number of stars"
RESULT_EMPTY = "The predicted stars appear here."
EXPECTED = "Expected value {value:.1f} of 5"
POLARITY_NAME = "Polarity"
POLARITY_SHARE = "probability of positive {share}"
SURENESS = ((0.8, "very sure"), (0.6, "fairly sure"), (0.4, "not sure"), (0.0, "little better than a guess"))
EMPTY = "Write or paste a review first."
NO_WORDS = "There are no words in this text: emojis, links and markup are not read. Add at least one word."
TOO_LONG = "This text has {count:,} characters and the limit is {limit:,}. Shorten it."
NOTE_ENGLISH = "This does not look like English, and the model knows only English: do not trust the stars."
NOTE_SHORT = "A text this short says little; more words make the prediction surer."
NOTE_DISAGREE = (
    "The two models disagree: {polarity}, yet {stars}. Irony, a mixed verdict or a plot told at length often "
    "does that; read it yourself."
)
NO_POLARITY = "There is no polarity classifier here: train one with python -m train.polarity."
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

# Metrics
METRICS = "Metrics"
METRICS_LEAD = (
    "Measured on reviews that no model learned from. Small print is a 95 % interval. Near counts one star "
    "off as right: it looks at the truth, so chance stands beside it."
)
NOT_MEASURED = "Nothing has been measured here yet. Run `{command}`, then start the app again."
DAMAGED = "{path} is damaged or of an older version, so it is left out. Make it again: `{command}`."
NO_COMBINATION = "This was not measured."
INTERVAL = "{low} to {high}"
BASELINE = "TF-IDF + logistic regression, same rows"
UNTRAINED = "the untrained base, linear head"
JUDGE = "the judge (disjoint data)"
MAE = "mean absolute error"
QWK = "quadratic kappa"
SCORES = {"accuracy": "accuracy", "precision": "precision", "recall": "recall", "f1": "F1"}
SCORES_HEAD = ("metric", "value")

OVERVIEW = "How good are the stars, and the reviews?"
STARS_TABLE = "Predicted stars"
STARS_HOW = "Higher is better for exact and near, lower for the error: compare ours with the rows below it."
STARS_ROWS = "{n:,} held-out reviews{films}, as many of each star, stated scores masked."
OF_FILMS = " of {films:,} films"
STARS_HEAD = ("who predicts", "exact", "near", "error (stars)")
OWN_STARS = "revdemo"
STATED = "the same, stated scores left in"
NATURAL = "the same, stars as frequent as in the wild"
CHANCES = {"always_3": "chance: always 3 stars", "uniform": "chance: uniform"}
ORIGINAL_STARS = ("the original project (own test set, not comparable)", "60.3 %", "93.2 %", "–")
DIFFERENCE = (
    "Ours minus TF-IDF + logistic regression, paired: exact {exact} and near {near} points, error {mae} "
    "stars."
)
GENERATED_TABLE = "Stars of generated reviews"
GENERATED_HOW = (
    "A generator cannot honestly be judged better than real reviews are: compare with the last row of the "
    "same judge."
)
GENERATED_ROWS = "{n:,} generated reviews, of which the filter accepts {accepted}."
SHARE_OF_REAL = "The judge's exact, as a share of its exact on real reviews: {shares}."
SHARES_OF_REAL = {
    "unfiltered": "as written {share}",
    "accepted": "accepted, against the real reviews that the filter gets right, {share}",
}
GENERATED_HEAD = ("which reviews", "exact", "near", "error (stars)")
KINDS = ("as written", "accepted by the filter", "real reviews")
BY_JUDGE = {
    "filter": "By the app's classifier, which is the filter",
    "judge": "By the judge, which selects nothing",
    "second_judge": "By the second judge, of another family",
}
BY_ORIGINAL = "The original project, by the classifier that filtered them"
ORIGINAL_GENERATED = ("as written", "43.9 %", "82.6 %", "–")
PERPLEXITY_TABLE = "Predicting the next token"
PERPLEXITY_HOW = "Lower is better; only bits per byte compares models with different tokenizers."
PERPLEXITY_HEAD = ("measure", "before training", "after training")
PERPLEXITY = "perplexity"
BITS = "bits per byte"
RATIO = "bits per byte, after / before"
ORIGINAL_PERPLEXITY = ("perplexity of the original project (another tokenizer)", "61.10", "46.28")

BALANCE = "Which stars did it learn from?"
BALANCE_CHART = "Training reviews by stars"
BALANCE_HOW = "Left is what was collected, right what training sees: flat bars favour no star."

CONFUSION = "Which stars are mistaken for which?"
CONFUSION_CHART = "{matrix}, {kind}"
CONFUSION_HOW = {
    "exact": "A row is the {rows} stars: its cell on the diagonal is what is right, and should be darkest.",
    "near": "What is one star off is moved onto the diagonal: the rest of a row is two or more stars off.",
}
CONFUSION_LABELS = ("Reviews", "Counted as right")
MATRICES = {
    "test": "Test part",
    "validation": "Validation part",
    "baseline": "Test part, by TF-IDF + logistic regression",
    "judge": "Test part, by the judge",
}
GENERATED_MATRIX = "{kind}, by {judge}"
MATRIX_KINDS = {"unfiltered": "Generated", "accepted": "Accepted"}
MATRIX_JUDGES = {"filter": "the filter", "judge": "the judge", "second_judge": "the second judge"}
EXACT, NEAR = "exact", "near"

STUDY = "What do the training settings change?"
STUDY_HOW = (
    "One setting varies, the others keep the value marked default: a whisker is the standard deviation over "
    "{samples} samples of {rows:,} reviews."
)
STUDY_CHART = "{network}: {axis}"
STUDY_LABELS = ("Model", "Setting")
STUDY_NETWORKS = {"classifier": "Classifier", "generator": "Generator"}
STUDY_AXES = {
    "epochs": "epochs",
    "learning_rate": "learning rate",
    "batch_size": "batch size",
    "betas": "betas of AdamW",
}
STUDY_MEASURES = {
    "exact": "exact (%)",
    "near": "near (%)",
    "mae": "error",
    "perplexity": "perplexity",
    "bits_per_byte": "bits per byte",
    "loss": "loss",
}
STUDY_VALUE = "value"
STUDY_DEFAULT = "{value}<br>default"

LOSSES = "How did training go?"
LOSSES_LABELS = ("Model",)
LOSSES_CHART = "Loss by epoch: {role}"
LOSSES_HOW = "Both lines should fall: where the dashed one turns up, the model learns by heart."

ACCEPTANCE = "How many generated reviews are accepted?"
ACCEPTANCE_CHART = "Accepted, by requested stars"
ACCEPTANCE_HOW = "The higher the bar, the fewer reviews are written in vain: over all stars {all}."
REJECTED_HEAD = ("why rejected", "reviews")

CALIBRATION = "When it says 80 % sure, is it right four times in five?"
CALIBRATION_CHART = "How sure against how often right"
CALIBRATION_HOW = (
    "On the dashed diagonal it is as right as it is sure, below it claims too much; larger dots hold more "
    "reviews."
)
ECE_HEAD = ("calibration error", "lower is better")
BALANCED = "as many of each star"

DIVERSITY = "Are generated reviews as varied as real ones?"
DIVERSITY_CHART = "Generated beside real reviews"
DIVERSITY_HOW = (
    "At the dashed line both are alike; shorter distinct bars or a longer self-BLEU bar mean less variety."
)
DIVERSITY_HEAD = ("measure", "generated", "real")
VARIETY = {"distinct1": "distinct-1", "distinct2": "distinct-2", "self_bleu": "self-BLEU"}
TEXT_LENGTH = "length (words)"
DUPLICATES = "duplicates"
NEAR_DUPLICATES = "near duplicates"
LONGEST = "longest run of tokens from a training review"
SHARE_30 = "share with such a run of 30 or more"
DETECTOR = "a simple detector's AUC (0.5: cannot tell)"
AGREEMENT = "polarity agrees with the requested stars (not independent of the filter)"

EXAMPLES_OF = "What do accepted and rejected reviews look like?"
EXAMPLES_HOW = "One accepted and one rejected review of each number of stars: is it what was requested?"
ASKED = "requested"
FOUND_BY = {"filter": "filter", "judge": "judge"}

USE = "Do synthetic reviews help where data are short?"
USE_CHART = "Exact on the test part, one star cut short"
USE_HOW = (
    "A classifier learns from {rows:,} reviews a star, but only {cut} with {star}: further right is better; "
    "the table's last rows compare pairwise over {resamples} resamples."
)
USE_LABELS = ("Generator and filter",)
USE_HEAD = ("gap filled by", "exact", "near", "error (stars)", "recall of the cut star")
USE_DIFFERENCES = "What one gains over another: points, and stars of error"

PRODUCTS = "Does it work on product reviews too?"
PRODUCTS_HOW = "The same scripts and the same tables, once more on reviews of products instead of films."

POLARITY = "How good is positive or negative?"
POLARITY_CHART = "Predicted polarity: {domain}"
POLARITY_HOW = "Rows are the true polarity: the two cells beside the diagonal are the mistakes."
POLARITY_LABELS = ("Reviews",)
POLARITY_HEAD = ("who predicts", "reviews", "accuracy", "precision", "recall", "F1")
OWN_POLARITY = "revdemo"
FROM_STARS = "read off the predicted stars"
DOMAINS = {
    "films": "Films",
    "products": "Products",
    "amazon_polarity": "Amazon polarity",
    "": "All",
}
POLARITY_LOSSES = "Loss by epoch: polarity"
EPOCHS_HEAD = ("epoch", "training loss", "validation loss", "accuracy", "precision", "recall", "F1")
NEUTRAL = (
    "From {low} to {high} positive the page says neutral: that is where {three} of the reviews with 3 "
    "stars fall, and {other} of the others."
)
POLARITY_ORIGINAL = (
    "The original report's 99.65 % is not the number to beat: rows leaked between its training and "
    "validation sides, as its validation loss below its training loss shows. The best figure published for "
    "the full data is 97.6 %."
)

PROVENANCE = "Where does every figure come from?"
PROVENANCE_HOW = "Each file names the command that made it: the same seed and data should give it again."
PROVENANCE_HEAD = ("file and command", "n", "seed", "data", "models", "device", "minutes")

UNEXPECTED_ERROR = "Something went wrong that revdemo did not expect. The log of the app has the details."

# Your table
TABLE = "Your table"
TABLE_FILE = "CSV, TSV, XLSX, JSON lines or Parquet"
TABLE_EMPTY = "Upload a table of reviews. It stays on this machine, and only you see it."
TABLE_TEXT = "Column of the texts"
TABLE_RATING = "Column of the ratings"
TABLE_NO_RATING = "none: the reviews have no ratings"
TABLE_SCALE = "Highest rating"
TABLE_SCALE_INFO = "The lowest is 1; stars are rounded up"
TABLE_ROWS = '{rows} rows, text in "{text}"'
TABLE_ONE_ROW = '1 row, text in "{text}"'
TABLE_STARS = ', stars in "{rating}" of {scale}'
TABLE_UNLABELLED = ", no ratings"
TABLE_NO_TEXT = "No column looks like texts. Choose one of {columns}, or upload another table."
TABLE_SAME_COLUMN = "The texts and the ratings cannot be in the same column. Choose another one for either."
TABLE_CHOSEN_TEXT, TABLE_CHOSEN_RATING = "text", "stars"
TABLE_PREVIEW = "The first rows"
TABLE_MORE_COLUMNS = "and {count} more columns"

# Your table: Predict
BATCH = "Predict"
BATCH_START = "Predict the stars"
BATCH_POLARITY = "Also positive, neutral or negative"
BATCH_EMPTY = "The stars of every row appear here, with the table to download."
BATCH_NO_TABLE = "Upload a table first."
BATCH_RUNNING = "Predicting."
BATCH_WRITING = "Writing the files."
BATCH_ROWS = "{done} of {rows} rows"
BATCH_DONE = "Done."
BATCH_STOPPED = "Stopped. What was predicted is kept: Predict goes on from there."
BATCH_RESUMED = "{rows} were predicted before"
BATCH_WORDLESS = "{count} without words, so without stars"
BATCH_UNRATED = "{count} without a rating from 1 to {scale}"
BATCH_RENAMED = "The table has columns of our names already, so ours are {names}."
BATCH_DISTRIBUTION = "Predicted stars of your rows"
BATCH_POLARITIES = "{count} {polarity}"
BATCH_CONFUSION = "Your ratings against the predicted stars"
BATCH_METRICS = "How often the prediction is the rating: {rows} rows"
BATCH_METRICS_HEAD = ("metric", "exact", "near")
BATCH_SURPRISING = "The most surprising ratings: a mistake in the table, or a text that the model misreads"
BATCH_SURPRISING_HEAD = ("row", "rating", "predicted", "probability of the rating", "text")
BATCH_DOWNLOAD = "⬇ {kind}"

# Adapt
ADAPT = "Adapt"
ADAPT_INTRO = (
    "Trains the starter's classifier and generator further on your table: they learn from some of its rows, "
    "and the figures before and after are measured on others. Your table stays on this machine."
)
ADAPT_ITEM = "Column that names the item reviewed"
ADAPT_ITEM_INFO = "no item is then both learned from and tested on"
ADAPT_NO_ITEM = "none"
ADAPT_MINUTES = "Minutes to spend"
ADAPT_MINUTES_INFO = "as many reviews as fit; 0: the recipe's number"
ADAPT_ESTIMATE, ADAPT_START, ADAPT_RESUME = "Estimate", "Adapt", "Go on"
ADAPT_USE = "Use these models now"
ADAPT_NO_TABLE = "Upload a table with ratings first."
ADAPT_NOTHING = "Nothing has been adapted yet. Estimate takes a minute: it times a few real steps."
ADAPT_STATES = {
    "estimating": "Estimating: a few real steps are timed. This takes a minute or two.",
    "running": "Adapting to {name}. You may close this page: it goes on, and is here when you come back.",
    "stopping": "Stopping after the step under way.",
    "estimated": "Adapting to {name} takes about {minutes} on {device}.",
    "stopped": "Stopped. What was learned is kept: Go on continues from there.",
    "interrupted": "Interrupted: its process is gone. Go on continues from the last checkpoint.",
    "failed": "It failed: {problem}",
    "done": "Adapted to {name}. Before and after, on rows that no model learned from, with 95 % intervals:",
}
ADAPT_DOING = {"reading": "Reading the table.", "estimate": "Timing a few steps.", "report": "Measuring."}
ADAPT_ROLES = {"stars": "Classifier", "generator": "Generator", "reading": "Reading", "report": "Figures"}
ADAPT_HEAD = ("", "step", "loss", "time left")
ADAPT_ESTIMATE_HEAD = ("", "reviews", "minutes")
ADAPT_FIGURES_HEAD = ("", "before", "after", "difference")
ADAPT_STEP = "{step} of {steps}"
ADAPT_UNDO = "Use the models the app started with"
ADAPT_LOADING = "Loading the models."
ADAPT_UNDONE = "The app uses the models again that it was started with. The adapted ones are kept."
ADAPT_USED = (
    "The app uses the adapted models from now on, for everybody who has it open, until you take the "
    "first ones back or start it again. "
    "To keep them: python app.py --stars-model {stars_model} --generator {generator}"
)

# Balance
BALANCE_TAB = "Balance"
BALANCE_EMPTY = "Upload a table with ratings, and see here how many reviews each star lacks."
BALANCE_LEVEL = "Reviews of each star"
BALANCE_LEVEL_INFO = "Unless you move it, as many as the commonest star has"
BALANCE_MORE = "Filter and seed"
BALANCE_KIND = "Data as"
BALANCE_SAMPLE = "Estimate and sample"
BALANCE_FILL = "Fill the gap"
BALANCE_GAPS = "Reviews of each star"
BALANCE_HEAD = ("stars", "real", "lacking", "synthetic", "acceptance")
BALANCE_NONE = "No star lacks a review at this level. Move it up, or use the table as it is."
BALANCE_READY = (
    "{lacking} reviews are lacking. Estimate first: a few of each star are written for you to look at."
)
BALANCE_OVER = "A fill writes at most {limit} reviews of a star here; more are lacking of {stars}."
BALANCE_READING = "Reading the table…"
BALANCE_DISTANCE = "Measuring whether your table looks like what the generator writes…"
BALANCE_WRITING = "{star} ★: {accepted} of {wanted} in all"
BALANCE_SAVING = "Writing the data set…"
BALANCE_DOWNLOAD = "⬇ Data set with its card (zip)"
BALANCE_PACE = "{pace:.1f} reviews a second"
BALANCE_TAKES = "the whole takes about {likely} ({low} to {high}), less where more are written at once"
BALANCE_ENDLESS = "the whole takes {low} at least; no end is in sight while a star has none accepted"
BALANCE_SAMPLED = "Sampled. Look at the reviews below, then fill the gap."
BALANCE_DONE = "Done: each star has as many reviews as you asked for."
BALANCE_SHORT = (
    "Ended: {missing} reviews are still lacking. Fill again to go on, or see the acceptance below."
)
BALANCE_STOPPED = (
    "Stopped: {missing} reviews are still lacking, and what was accepted is kept. Fill again to go on."
)
BALANCE_SAMPLE_OF = "{star} ★: {accepted} of {judged} accepted"

# Quality of a run, its code, and: is it worth it?
QUALITY = "Quality of this run"
QUALITY_NOTHING = "There is nothing to measure: no review was judged."
QUALITY_ASKING = "Asking the polarity classifier: {done} of {of}…"
QUALITY_HOW = (
    "Small print under a real figure is the range of 95 % of draws of as many real film reviews of the same "
    "stars, cut to the same length; a distinct figure below it means less variety than people write. Small "
    "print under a share is its 95 % interval."
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
CODE = "Show me the code"
CODE_HOW = (
    "Run either from the project's folder: on the same device, with the same models, settings and library "
    "versions, it writes the same reviews again. A run that was stopped, or ended by the time, goes further."
)
CODE_COMMAND = "Command line"
CODE_PYTHON = "Python"
WORTH = "Is it worth it?"
WORTH_LEAD = (
    "A small classifier (TF-IDF of words and pairs of words + logistic regression, every star weighing the "
    "same) learns from your real rows, from real + synthetic, and from synthetic only, and is tested on real "
    "rows that none of the three saw."
)
WORTH_SOURCE = "Synthetic reviews"
WORTH_OWN, WORTH_RUNS, WORTH_FILE = "own", "runs", "file"
WORTH_SOURCES = (
    ("The rows that this table marks in its column synthetic", WORTH_OWN),
    ("What was accepted in my runs", WORTH_RUNS),
    ("Another file", WORTH_FILE),
)
WORTH_WHICH = "Which runs"
WORTH_RUN = "{when}  ·  {stars} ★  ·  {accepted} accepted"
WORTH_UPLOAD = "Synthetic reviews: the accepted CSV of a run, or a table with texts and ratings"
WORTH_RESAMPLES = "Resamples"
WORTH_RESAMPLES_INFO = "Random splits of the real rows: more take longer, and narrow the intervals a little"
WORTH_START = "Measure"
WORTH_EMPTY = "Upload a table with ratings above, choose where synthetic reviews come from, and measure."
WORTH_NO_TABLE = "Upload a table first: its real rows are what is learned from and tested on."
WORTH_NO_RATING = "This table has no ratings. Choose its column of ratings above."
WORTH_NO_FILE = "Upload the file with the synthetic reviews first."
WORTH_NO_RUNS = "Choose one run at least. Runs are made in the Generate tab."
WORTH_READING = "Reading the rows…"
WORTH_PROGRESS = "{done} of {of} classifiers trained"
WORTH_STOPPED = "Stopped: there is no answer before every classifier has been trained."
WORTH_CHART = "Macro-F1 on held-out real rows"
WORTH_ARMS = {"real": "real", "real + synthetic": "real + synthetic", "synthetic only": "synthetic only"}
WORTH_HEAD = ("learned from", "exact", "near", "error (stars)", "macro-F1")
WORTH_TABLE = "Tested on held-out real rows"
WORTH_GAIN = "gain over real alone, in points (error: in stars)"
WORTH_RECALL = "Recall by stars"
WORTH_ROWS = (
    "{real} real rows ({train} to learn from and {test} to test on in each of {resamples} splits), "
    "{synthetic} synthetic ones."
)
WORTH_COUNTS = "By stars, 1 to 5: real {real}; synthetic {synthetic}."
WORTH_REPEATS = "Synthetic rows that repeat a test row are left out: {count} a split."
WORTH_HOW = (
    "Small print is a 95 % interval. Splits of one table share rows, so the intervals are those of the "
    "corrected resampled t-test (Nadeau and Bengio 2003); they do not cover other synthetic reviews. "
    "The answer is about macro-F1, which counts every star alike; with so many figures, one in twenty seems "
    "to differ by chance."
)
WORTH_ADAPTED = (
    "If the generator was adapted to this very table, it has seen the test rows, and the gain is flattered."
)

# Why these stars, and what would it take
WHY = "Why these stars?"
WHY_MEASURED_HOW = (
    "If an explanation tells the truth, taking out the words that it calls strongest moves the stars more "
    "than taking out random ones. Higher is better in the first row, against the second."
)
WHY_MEASURED_HEAD = ("expected stars of held-out reviews", "change")
WHY_MEASURED = (
    "without the {removed} strongest words",
    "without {removed} random words",
    "difference, paired",
    "reviews that the strongest move more",
)
WHY_CHECKED = (
    "Checked on {n} held-out reviews: without the {removed} strongest words the expected stars move by "
    "{strongest}, without as many random ones by {random}."
)
WHY_WORKING = "Weighing the words…"
WHY_HOW = (
    "Underlined words pushed the stars up, words with a dashed line pulled them down; the stronger the "
    "colour, the more. A word's share is in stars, and depends on the words around it."
)
WHY_SUM = (
    "Without any word the model expects {baseline:.1f} stars, with these {expected:.1f}. The shares of all "
    "words add up to that difference, but for {remainder:.2f}."
)
WHY_UP = "Pushed up"
WHY_DOWN = "Pulled down"
WHY_NONE = "no word by much"
WHY_TEXT = "The review as the model reads it"
WHY_MARK = {"up": "pushes up by {share}", "down": "pulls down by {share}"}
WHY_TRUNCATED = "Words in the middle, which the model did not read whole, have a small share or none."
WHY_SENTENCES = "Sentence by sentence, each read alone"
WHY_MORE_SENTENCES = "The first {shown} of {count} sentences."
FOLLOW = "What would it take? Follow the stars as I type"
FOLLOW_EMPTY = "Write a review, and its stars appear here as you type."
FOLLOW_STARS = "Now {stars} ({share}), expected value {value:.1f}"
FOLLOW_CHANGE = "{change:+.1f} since the prediction"

# Push to the Hub
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
    "Yours, with the right to write (huggingface.co/settings/tokens). It serves for this one push: it is not "
    "kept, and the box is emptied."
)
PUSH_START = "Push"
PUSH_SIGN_IN = "Sign in with Hugging Face"
PUSH_SIGN_OUT = "Sign out ({})"
PUSH_SIGN_IN_FIRST = "Sign in first: what is pushed belongs to you. Your runs are still here afterwards."
PUSH_NO_TOKEN = "Type a token first: huggingface.co/settings/tokens makes one with the right to write."
PUSH_BAD_TOKEN = "That is no token. Copy it whole: it begins with hf_ and has no space in it."
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
# On the Hub: a model that did not load, and runs that outlive a restart
FALLEN_BACK = (
    "The {role} {name} did not load, so the starter, which comes with revdemo, answers instead. {problem}"
)
NEITHER = "{problem} The starter, which would answer instead, did not load either: {starter}"
# Model cards, and where the classifiers fail
CARD_OPEN = "about this model"
CARD_PARTS = {"data": "Learned from", "figures": "How good it is", "limits": "Where it fails"}
CARD_ABOUT = {
    "stars": "Reads a review in English and gives it 1 to 5 stars, with a probability for each.",
    "judge": (
        "Measures generated reviews once, at the end: a star classifier that learned from reviews of its own "
        "and selects nothing."
    ),
    "polarity": "Reads a review in English and gives the probability that it is positive.",
    "generator": "Writes reviews in English for the stars asked for; the star classifier reads every one.",
}
CARD_DATA = {
    "stars": "Public IMDb user reviews, aclImdb (Maas et al. 2011) among them, in English.",
    "judge": "Public IMDb user reviews, aclImdb (Maas et al. 2011) among them, in English.",
    "polarity": (
        "A slice of amazon_polarity, public IMDb user reviews, and public reviews of products, restaurants, "
        "hotels and books, in English."
    ),
    "generator": "Public IMDb user reviews, aclImdb (Maas et al. 2011) among them, in English.",
}
CARD_ROWS = "{n} reviews."
CARD_MASKED = "Stated scores masked, and no film that the figures are of."
CARD_OTHER_DATA = "This model does not come with revdemo: ask whoever made it which reviews it learned from."
CARD_UNMEASURED = "No published figures for this one."
CARD_STARS = (
    "{n} held-out film reviews, as many of each star: exact {exact}, near {near} (one star off counts as "
    "right), off by {mae} stars on average."
)
CARD_CHANCE = "By chance exact is 20 %, and near 52 % (uniform) or 60 % (always 3 stars)."
CARD_POLARITY = "{domain}: {accuracy} right of {n} held-out reviews."
CARD_FORESEES = (
    "Bits a byte of {n} real reviews that it is to foresee: {before} before training, {after} after."
)
CARD_GENERATED = (
    "{n} reviews of its own: the classifier accepts {accepted}. The judge finds exactly the requested stars "
    "in {exact} of them, and in {kept} of those accepted."
)
CARD_BRACKETS = "In brackets the 95 % interval. The Metrics tab has more."
CARD_ACCEPTANCE = "Accepted by requested stars: {shares}."
CARD_DETECTOR = "A simple detector tells its reviews from real ones: AUC {auc}, where 0.5 is a guess."
CARD_FILMS = (
    "It knows reviews of films in English and writes little else. What it says is invented: it saw nothing, "
    "and may name people."
)
CARD_ENGLISH = "It knows English, and reviews; on other texts its answer means nothing."
CARD_FAILING = "{role} on other reviews"
LIMITS = "Where do the classifiers fail?"
LIMITS_HOW = (
    "The nearer to the first row, the less it matters. Reviews of products are real; the ironic ones and "
    "those in other languages are few and written by hand for this, so the intervals are wide, and each has "
    "a twin that says the same plainly in English."
)
LIMITS_HEAD = ("stars of", "reviews", "exact", "near", "error (stars)")
LIMITS_FILMS = "films, as learned"
LIMITS_SETS = {
    "products": "products, hotels, restaurants, books",
    "ironic": "ironic reviews",
    "spanish": "in Spanish",
    "german or french": "in German or French",
}
LIMITS_PLAIN = "… said plainly in English"
LIMITS_DOMAINS = "Products by domain"
LIMITS_STARS = "Stars of other reviews"
LIMITS_POLARITY_HEAD = ("polarity of", "reviews", "right")
LIMITS_POLARITY = "Polarity of other reviews"
PRODUCTS_CAPTION = "{caption}: products"

# The first visit
CLASSIFY_LEAD = "Paste a review, and the classifier says how many stars it is worth, how sure it is, and why."
GENERATE_LEAD = (
    "Choose stars, and the generator writes reviews for them; the classifier reads each one and keeps what "
    "agrees."
)
GENERATE_EXAMPLES = "Examples: fill the form, then press Generate"
GENERATE_EXAMPLE_LABELS = (
    "Five reviews of 5 stars",
    "Ten of 2, near too",
    "Five of 1, surely",
    "A given opening",
)
GENERATE_OPENING = "The acting"
TABLE_LEAD = (
    "Upload a table of reviews to predict its stars, fill up the stars it lacks, see whether that helps, or "
    "adapt the models to it."
)
TABLE_EXAMPLE = "Try an example table"
BATCH_LEAD = "Gives every row of the table its stars, and the table back to download."
BALANCE_LEAD = (
    "Writes the reviews that your rarer stars lack, and saves real and synthetic ones as a data set."
)
