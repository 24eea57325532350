"""Your table, balanced: what is missing, the estimate, the fill."""

from revdemo.errors import Phrase

BALANCE_TAB = "Balance"
BALANCE_LEAD = (
    "Writes the reviews that your rarer stars are missing, and saves real and synthetic ones as a data set."
)
BALANCE_EMPTY = "Upload a table with ratings to see how many reviews each star is missing."
BALANCE_LEVEL = Phrase("Reviews of each star", context="to reach")
BALANCE_LEVEL_INFO = "By default, as many as the most frequent star has"
BALANCE_MORE = "Filter and seed"
BALANCE_KIND = "File format"
BALANCE_SAMPLE = "Estimate and sample"
BALANCE_FILL = "Fill the gap"
BALANCE_GAPS = "Reviews of each star"
BALANCE_HEAD = ("stars", "real", "missing", "synthetic", "acceptance")
BALANCE_NONE = "No star is short of reviews at this level. Raise it, or use the table as it is."
BALANCE_READY = (
    "{lacking:,} reviews are missing. Estimate first: it writes a few of each star for you to look at."
)
BALANCE_OVER = (
    "One fill writes at most {limit:,} reviews per star here; more than that are missing for {stars}."
)
BALANCE_READING = "Reading the table…"
BALANCE_DISTANCE = "Measuring whether your table looks like what the generator writes…"
BALANCE_WRITING = "{star} ★: {accepted:,} of {wanted:,} in all"
BALANCE_SAVING = "Writing the data set…"
BALANCE_DOWNLOAD = "⬇ Data set with its card (zip)"
BALANCE_PACE = "{pace:.1f} reviews per second"
BALANCE_TAKES = "about {likely} in total ({low} to {high}), less if more are written at once"
BALANCE_ENDLESS = "at least {low} in total; no upper estimate until every star has an accepted review"
BALANCE_SAMPLED = "Sampled. Look at the reviews below, then fill the gap."
BALANCE_DONE = "Done: each star has as many reviews as you asked for."
BALANCE_SHORT = (
    "Ended: {missing:,} reviews are still missing. Fill again to continue, or see the acceptance below."
)
BALANCE_STOPPED = (
    "Stopped: {missing:,} reviews are still missing, and what was accepted is kept. Fill again to continue."
)
BALANCE_SAMPLE_OF = "{star} ★: {accepted:,} of {judged:,} accepted"
