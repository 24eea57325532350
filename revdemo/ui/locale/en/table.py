"""Your table: how it is read, what it can be used for, and predicting it."""

from revdemo.errors import Phrase

TABLE = "Your table"
TABLE_LEAD = (
    "Upload a table of reviews to predict their stars, fill up the rarer ones, see whether that "
    "helps, or adapt the models to it."
)
TABLE_FILE = "CSV, TSV, XLSX, JSON lines or Parquet"
TABLE_EMPTY = "Upload a table of reviews. It stays on this machine, and only you see it."
TABLE_EXAMPLE = "Try an example table"
TABLE_TEXT = "Column of the texts"
TABLE_RATING = "Column of the ratings"
TABLE_NO_RATING = "none: the reviews have no ratings"
TABLE_SCALE = "Highest rating"
TABLE_SCALE_INFO = "The lowest is 1; stars are rounded up"
TABLE_MORE = "Misread? Correct it"
TABLE_FOUND_OUT = "automatic"
TABLE_SHEET = "Sheet"
TABLE_ENCODING = "Encoding"
TABLE_SEPARATOR = "Column separator"
TABLE_SEPARATORS = {
    "comma": "commas",
    "semicolon": "semicolons",
    "tab": "tabs",
    "bar": "vertical bars",
    "none": "nothing: there is one column",
}
TABLE_HEADER = "Column names"
TABLE_HEADERS = {"yes": "in the first row", "no": "there are none"}
TABLE_MAP = "What words stand for"
TABLE_MAP_EXAMPLE = "Excellent=5, Good=4, Poor=1"
TABLE_MAP_INFO = "Ratings that are words or signs, and their stars"
TABLE_NO_TEXT = "No column looks like text. Choose one of {columns}, or upload another table."
TABLE_SAME_COLUMN = (
    "The texts and the ratings cannot be in the same column. Choose another column for one of them."
)
TABLE_CHOSEN_TEXT, TABLE_CHOSEN_RATING = "text", "stars"
TABLE_PREVIEW = "The first rows"
TABLE_MORE_COLUMNS = "and {count} more columns"

# Jobs
JOBS_NAME = "What the table can be used for"
JOBS = {
    "predict": ("Predict", "The stars of every row, and the rows whose rating looks wrong."),
    "balance": ("Balance", "Write the reviews that the rarer stars are missing."),
    "utility": ("Is it worth it?", "Measure whether synthetic rows make a classifier better on real ones."),
    "adapt": ("Adapt", "Train the models further on your rows, with figures before and after."),
}
JOB_NO_TABLE = "Upload a table first."
JOB_NO_RATINGS = "It needs ratings: choose their column above."
JOB_NO_STARS = "It needs ratings, and none of these can be read as stars."
JOB_ONE_STAR = "It needs ratings of at least two different numbers of stars."
JOB_FEW = "It needs {least} rows of each star that occurs, and there are {count} of {stars} ★."

# Predict
PREDICT_TAB = "Predict"
PREDICT_LEAD = "Gives every row of the table its stars, and the table back to download."
PREDICT_START = "Predict the stars"
PREDICT_POLARITY = "Also positive, neutral or negative"
PREDICT_EMPTY = "The stars of every row appear here, with the table to download."
PREDICT_NO_TABLE = "Upload a table first. If you did, the app has since forgotten it: upload it again."
PREDICT_RUNNING = "Predicting."
PREDICT_WRITING = "Writing the files."
PREDICT_ROWS = "{done:,} of {rows:,} rows"
PREDICT_DONE = "Done."
PREDICT_STOPPED = "Stopped. What was predicted is kept: Predict resumes from there."
PREDICT_RESUMED = "{rows:,} were predicted before"
PREDICT_WORDLESS = "{count:,} without words, so without stars"
PREDICT_UNRATED = "{count:,} without a rating from 1 to {scale}"
PREDICT_RENAMED = "Your table already uses these column names, so ours are called {names}."
PREDICT_DISTRIBUTION = "Predicted stars of your rows"
PREDICT_POLARITIES = "{count:,} {polarity}"
PREDICT_CONFUSION = "Your ratings against the predicted stars"
PREDICT_METRICS = "How often the prediction matches the rating: {rows:,} rows"
PREDICT_METRICS_HEAD = ("metric", "exact", "near")
ROWS = "Look at the rows"
ROWS_RATED = (
    "The surprising ones come first: the model finds their rating unlikely, so either the"
    " rating is a mistake or the model misreads the text. Click a column's name to sort "
    "by it."
)
ROWS_UNRATED = "The ones the model is least sure of come first. Click a column's name to sort by it."
ROWS_SOME = "These are {shown:,} of the rows; the download has all of them."
ROWS_HEAD = {
    "row": "row",
    "rating": "rating",
    "predicted": Phrase("predicted", context="column"),
    "confidence": "how sure",
    "share": "probability of the rating",
    "text": "text",
}
ROWS_WHY, ROWS_WHY_OF = "Why?", "Why row {row} got its stars"
PREDICT_DOWNLOAD = "⬇ {kind}"
