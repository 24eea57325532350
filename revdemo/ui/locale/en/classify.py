"""The Classify tab, and why a review got its stars."""

CLASSIFY = "Classify"
CLASSIFY_LEAD = "Paste a review, and the classifier says how many stars it is worth, how sure it is, and why."
TEXT = "Review"
TEXT_PLACEHOLDER = "Type or paste a review. Enter predicts, Shift + Enter starts a new line."
CLASSIFIER = "Model"
CLASSIFIERS = (("the one in use", False), ("accurate: larger and slower", True))
PREDICT = "Predict"
EXAMPLES = "Examples"
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
NOTE_SHORT = "A text this short says little; more words make the prediction more reliable."
NOTE_DISAGREE = (
    "The two models disagree: {polarity}, yet {stars}. Irony, a mixed verdict or a plot told at length often "
    "does that; read it yourself."
)
NO_POLARITY = "There is no polarity classifier here: train one with python -m train.polarity."
NOTE_TRUNCATED = "The text is longer than the model reads: it saw the beginning and the end, not the middle."

# Why these stars
WHY = "Why these stars?"
WHY_CHECKED = (
    "Checked on {n:,} held-out reviews: without the {removed} strongest words the expected stars move by "
    "{strongest:.2f}, without as many random ones by {random:.2f}."
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
WHY_NONE = "no word stands out"
WHY_TEXT = "The review as the model reads it"
WHY_MARK = {"up": "pushes up by {share:.2f}", "down": "pulls down by {share:.2f}"}
WHY_TRUNCATED = "Words in the middle, which the model did not read whole, have a small share or none."
WHY_SENTENCES = "Sentence by sentence, each read alone"
WHY_MORE_SENTENCES = "The first {shown} of {count} sentences."

# What would it take
FOLLOW = "What would it take? Follow the stars as I type"
FOLLOW_EMPTY = "Write a review, and its stars appear here as you type."
FOLLOW_STARS = "Now {stars} ({share}), expected value {value:.1f}"
FOLLOW_CHANGE = "{change:+.1f} since the prediction"
