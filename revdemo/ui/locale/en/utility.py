"""Your table, and whether synthetic reviews are worth it: three arms, tested on real rows."""

UTILITY_TAB = "Is it worth it?"
UTILITY_LEAD = (
    "A small classifier (TF-IDF of words and pairs of words + logistic regression, every "
    "star weighted equally) learns from your real rows, from real + synthetic, and from "
    "synthetic only, and is tested on real rows that none of the three saw."
)
UTILITY_SOURCE = "Synthetic reviews"
UTILITY_SOURCES = {
    "own": "The rows that this table marks in its column synthetic",
    "runs": "What was accepted in my runs",
    "file": "Another file",
}
UTILITY_RUNS = "Which runs"
UTILITY_RUN = "{when}  ·  {stars} ★  ·  {accepted:,} accepted"
UTILITY_UPLOAD = "Synthetic reviews: the accepted CSV of a run, or a table with texts and ratings"
UTILITY_RESAMPLES = "Resamples"
UTILITY_RESAMPLES_INFO = "Random splits of the real rows: more take longer, and narrow the intervals a little"
UTILITY_START = "Measure"
UTILITY_EMPTY = "Upload a table with ratings above, choose where synthetic reviews come from, and measure."
UTILITY_NO_TABLE = (
    "Upload a table first: its real rows are what is learned from and tested on. If you did, the "
    "app has since forgotten it: upload it again."
)
UTILITY_NO_RATING = "This table has no ratings. Choose its column of ratings above."
UTILITY_NO_FILE = "Upload the file with the synthetic reviews first."
UTILITY_NO_RUNS = "Choose at least one run. Runs are made in the Generate tab."
UTILITY_READING = "Reading the rows…"
UTILITY_PROGRESS = "{done} of {of} classifiers trained"
UTILITY_STOPPED = "Stopped: there is no answer before every classifier has been trained."
UTILITY_CHART = "Macro-F1 on held-out real rows"
UTILITY_ARMS = {"real": "real", "real + synthetic": "real + synthetic", "synthetic only": "synthetic only"}
UTILITY_HEAD = ("learned from", "exact", "near", "error (stars)", "macro-F1")
UTILITY_TABLE = "Tested on held-out real rows"
UTILITY_GAIN = "gain over real alone, in points (error: in stars)"
UTILITY_RECALL = "Recall by stars"
UTILITY_ROWS = (
    "{real:,} real rows ({train:,.0f} to learn from and {test:,.0f} to test on in each of {resamples} "
    "splits), {synthetic:,} synthetic ones."
)
UTILITY_COUNTS = "By stars, 1 to 5: real {real}; synthetic {synthetic}."
UTILITY_REPEATS = "Synthetic rows that repeat a test row are left out: {count:,.1f} per split."
UTILITY_HOW = (
    "Small print is a 95% interval. Splits of one table share rows, so the intervals are those of the "
    "corrected resampled t-test (Nadeau and Bengio 2003); they do not cover other synthetic reviews. "
    "The answer is about macro-F1, which counts every star alike; with so many figures, one in twenty seems "
    "to differ by chance."
)
UTILITY_OF_ADAPTED = (
    "If the generator was adapted to this very table, it has seen the test rows, and the "
    "gain looks larger than it is."
)
