"""The models: their state in the header, their cards, and what is said where one does not load."""

from revdemo.errors import Phrase

ROLES = {"stars": "Star classifier", "polarity": "Polarity classifier", "generator": "Generator"}
STATES = {
    "idle": "not loaded yet",
    "loading": "loading…",
    "failed": Phrase("failed", context="loading a model"),
}
ON_DEVICE = "on {device}"
MODELS_READY = "Models: {names}, {devices} · ready"
MODELS_LOADING = (
    "Models: loading, {ready} of {of} ready; this takes seconds, up to a minute on the first start"
)
MODELS_FAILED = "Models: the {roles} did not load"
REMEMBERED = "An earlier answer of the same model, which is still loading."
LOADING_WAIT = "The {role} is still loading; your request starts as soon as it is ready."
UNEXPECTED = "{role} did not load: {error}. The log of the app has the details; restart the app to retry."
UNEXPECTED_PUBLIC = "{role} did not load. The log of the app says why; restart the app to retry."
FALLEN_BACK = (
    "The {role} {name} did not load, so the starter, which comes with revdemo, answers instead. {problem}"
)
NEITHER = "{problem} The starter, which would answer instead, did not load either: {starter}"

# Model cards
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
CARD_ROWS = "{n:,} reviews."
CARD_MASKED = "Stated scores masked; films used for evaluation are excluded."
CARD_OTHER_DATA = "This model does not come with revdemo: ask its authors which reviews it learned from."
CARD_UNMEASURED = "No published figures for this one."
CARD_STARS = (
    "{n:,} held-out film reviews, the same number of each star: exact {exact}, near {near} (one star off "
    "counts as right), off by {mae} stars on average."
)
CARD_CHANCE = "By chance exact is 20%, and near 52% (uniform) or 60% (always 3 stars)."
CARD_POLARITY = "{domain}: {accuracy} right of {n:,} held-out reviews."
CARD_BITS = "Bits per byte on {n:,} held-out reviews: {before} before training, {after} after."
CARD_GENERATED = (
    "{n:,} reviews of its own: the classifier accepts {accepted}. The judge finds exactly the "
    "requested stars "
    "in {exact} of them, and in {kept} of those accepted."
)
CARD_BRACKETS = "In brackets the 95% interval. The Metrics tab has more."
CARD_ACCEPTANCE = "Accepted by requested stars: {shares}."
CARD_DETECTOR = "A simple detector tells its reviews from real ones: AUC {auc}, where 0.5 is a guess."
CARD_FILMS = (
    "It knows reviews of films, products, clothing and restaurants in English. What it says is invented: it "
    "saw nothing, and may name people."
)
CARD_ENGLISH = "It knows reviews in English; on other texts its answer means nothing."
CARD_FAILING = "{role} on other reviews"
