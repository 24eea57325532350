"""The Metrics tab: a title, a caption and the words of its figures for each section."""

METRICS = "Metrics"
METRICS_LEAD = (
    "Measured on reviews that no model learned from. Small print is a 95% interval. Near counts one star "
    "off as right: it uses the true label, so the chance level is shown too."
)
NOT_MEASURED = "Nothing has been measured here yet. Run `{command}`, then start the app again."
DAMAGED = "{path} is damaged or of an older version, so it is left out. Make it again: `{command}`."
NO_COMBINATION = "This was not measured."
TOO_FEW = "too few for an interval"
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
STARS_ROWS = "{n:,} held-out reviews{films}, the same number of each star, stated scores masked."
OF_FILMS = " of {films:,} films"
STARS_HEAD = ("who predicts", "exact", "near", "error (stars)")
OWN_STARS = "revdemo"
ACCURATE_STARS = "revdemo, the accurate model"
STATED = "the same, stated scores left in"
NATURAL = "same model, natural star frequencies"
CHANCES = {"always_3": "chance: always 3 stars", "uniform": "chance: uniform"}
ORIGINAL_STARS = "the original project (own test set, not comparable)"
DIFFERENCE = (
    "Ours minus TF-IDF + logistic regression, paired: exact {exact} and near {near} points, error {mae} "
    "stars."
)
GENERATED_TABLE = "Stars of generated reviews"
GENERATED_HOW = (
    "No generator can honestly score higher than real reviews do: compare with the last "
    "row of the same judge."
)
GENERATED_ROWS = "{n:,} generated reviews, of which the filter accepts {accepted}."
GENERATED_SAMPLING = "They were sampled at {used}."
SAMPLING = {"temperature": "temperature", "top_p": "top-p", "min_p": "min-p", "guidance": "guidance"}
SHARE_OF_REAL = "How often the judge is exactly right, relative to real reviews: {shares}."
SHARES_OF_REAL = {
    "unfiltered": "as written {share}",
    "accepted": "accepted, against the real reviews that the filter gets right, {share}",
}
GENERATED_HEAD = ("which reviews", "exact", "near", "error (stars)")
GENERATED_ROW_NAMES = ("as written", "accepted by the filter", "real reviews")
BY_JUDGE = {
    "filter": "By the app's classifier, which is the filter",
    "judge": "By the judge, which selects nothing",
    "second_judge": "By the second judge, of another family",
}
BY_ORIGINAL = "The original project, by the classifier that filtered them"
PERPLEXITY_TABLE = "Predicting the next token"
PERPLEXITY_HOW = "Lower is better; only bits per byte compares models with different tokenizers."
PERPLEXITY_HEAD = ("measure", "before training", "after training")
PERPLEXITY = "perplexity"
BITS = "bits per byte"
RATIO = "bits per byte, after / before"
ORIGINAL_PERPLEXITY = "perplexity of the original project (another tokenizer)"

TRAINING_STARS = "Which stars did it learn from?"
TRAINING_STARS_CHART = "Training reviews by stars"
TRAINING_STARS_HOW = (
    "On the left what was collected, on the right what training sees: flat bars favour no star."
)

CONFUSION = "Which stars are mistaken for which?"
CONFUSION_CHART = "{matrix}, {kind}"
CONFUSION_HOW = {
    "exact": "A row is the {rows} stars: its cell on the diagonal is what is right, and should be darkest.",
    "near": (
        "Predictions that are one star off are moved onto the diagonal: the rest of a"
        " row is two or more stars off."
    ),
}
CONFUSION_LABELS = ("Reviews", "Counted as right")
MATRICES = {
    "test": "Test part",
    "accurate": "Test part, by the accurate model",
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
LOSSES_HOW = "Both lines should fall: where the dashed one turns up, the model is overfitting."

ACCEPTANCE = "How many generated reviews are accepted?"
ACCEPTANCE_CHART = "Accepted, by requested stars"
ACCEPTANCE_HOW = "The higher the bar, the fewer reviews are wasted: over all stars {all}."
REJECTED_HEAD = ("why rejected", "reviews")

CALIBRATION = "When it says 80% sure, is it right four times in five?"
CALIBRATION_CHART = "How sure against how often right"
CALIBRATION_HOW = (
    "On the dashed diagonal it is right as often as it is sure, and below it overconfident; "
    "larger dots hold more reviews."
)
ECE_HEAD = ("calibration error", "lower is better")
BALANCED = "the same number of each star"

DIVERSITY = "Are generated reviews as varied as real ones?"
DIVERSITY_CHART = "Generated beside real reviews"
DIVERSITY_HOW = (
    "At the dashed line both are equally varied; shorter distinct bars or a longer self-BLEU bar "
    "mean less variety."
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

STRONG_DETECTORS = {
    "unfiltered": "a strong detector's AUC, as written",
    "accepted": "a strong detector's AUC, accepted reviews",
}
FRONTIER = "What does each way of sampling buy?"
FRONTIER_CHART = "Variety against how easily accepted reviews are told from real ones"
FRONTIER_HOW = (
    "Right and down is better: as varied as real reviews (the dashed line), and hard to "
    "tell from them; a larger dot has more reviews accepted, and the default is the "
    "hardest to tell from real reviews among those that keep 90% of the variety and half "
    "of the highest acceptance."
)
FRONTIER_OTHERS = "other settings"
FRONTIER_CHOSEN = "the default"
FRONTIER_LIKENESS = "likeness"
FRONTIER_VARIETY = "distinct-2, as a share of real reviews'"
FRONTIER_AUC = "a strong detector's AUC"
FRONTIER_HOVER = "%{customdata[0]}<br>accepted: %{customdata[1]}<br>variety: %{x:.0%}<br>AUC: %{y:.2f}"
FRONTIER_SPOKEN = (
    "{n} ways of sampling: variety from {least} to {most} of that of real reviews, and the AUC of a strong "
    "detector from {low} to {high}."
)
FRONTIER_DEFAULT = "The default samples at {sampling}."
FRONTIER_HEAD = ("sampled at", "variety", "accepted", "judge agrees", "strong detector")

EXAMPLES_OF = "What do accepted and rejected reviews look like?"
EXAMPLES_HOW = "One accepted and one rejected review of each number of stars: is it what was requested?"
ASKED = "requested"
FOUND_BY = {"filter": "filter", "judge": "judge"}

USE = "Do synthetic reviews help where data are short?"
USE_CHART = "Exact on the test part, with one star cut short"
USE_HOW = (
    "A classifier learns from {rows:,} reviews per star, but only {cut} with {star}: further right is "
    "better; the table's last rows compare pairwise over {resamples} resamples."
)
USE_LABELS = ("Generator and filter",)
USE_HEAD = ("gap filled by", "exact", "near", "error (stars)", "recall of the cut star")
USE_TITLES = {
    "release": (
        "{stars} cut from {rows:,} to {cut:,} reviews, filled by the release models; classifier of {of}"
    ),
    "few": (
        "{stars} cut from {rows:,} to {cut:,} reviews, filled by models trained on those few alone; "
        "classifier of {of}"
    ),
}
USE_CLASSIFIERS = {"embeddings": "embeddings", "words": "words"}
MEASURED_NAMES = {  # as the files of measurements name them
    "TF-IDF (1-2 grams) + logistic regression": "TF-IDF (1-2 grams) + logistic regression",
    "real only": "real only",
    "over-sampling": "over-sampling",
    "augmentation": "augmentation",
    "synthetic": "synthetic",
    "pseudo-labelled": "pseudo-labelled",
    "all real": "all real",
}
USE_DIFFERENCES = "Gain of one over another: in points, and in stars of error"

PRODUCTS = "Does it work on other kinds of reviews?"
PRODUCTS_HOW = (
    "Stars on held-out reviews of clothing and restaurants; the generated reviews beside "
    "them are those of a generator trained on products, which is not included."
)

POLARITY = "How well does it tell positive from negative?"
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
    "The original report's {original:.2%} is not the number to beat: rows leaked between its training and "
    "validation sides, as its validation loss below its training loss shows. The best figure published for "
    "the full data is {best:.1%}."
)

PROVENANCE = "Where does every figure come from?"
PROVENANCE_HOW = "Each file names the command that made it: the same seed and data should give it again."
PROVENANCE_HEAD = ("file and command", "n", "seed", "data", "models", "device", "minutes")

# Where the classifiers fail
LIMITS = "Where do the classifiers fail?"
LIMITS_HOW = (
    "The closer a row is to the first one, the less the classifier loses there. Reviews "
    "of products are real; the ironic ones and those in other languages are few and "
    "written by hand for this, so the intervals are wide, and each has a twin that says "
    "the same plainly in English."
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
PRODUCTS_CAPTION = "{caption}: other kinds"
WHY_MEASURED_HOW = (
    "If an explanation tells the truth, taking out the words that it calls strongest moves the stars more "
    "than taking out random ones. Higher is better in the first row, against the second."
)
WHY_MEASURED_HEAD = ("expected stars of held-out reviews", "change")
WHY_MEASURED = (
    "without the {removed} strongest words",
    "without {removed} random words",
    "difference, paired",
    "reviews that the strongest words move more",
)
