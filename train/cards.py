"""The cards of what train.publish pushes: README.md as the Hugging Face Hub reads it, from files alone.

Every figure comes from a file that train.evaluate wrote of these very weights; of other weights none is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from huggingface_hub import EvalResult, ModelCardData

from revdemo.adapt_figures import figures
from revdemo.measured import is_of
from revdemo.models import BASES
from train.readme import number, percent, star_row, table

TITLES = {
    "stars": "stars of a review",
    "judge": "stars of a review, a second opinion",
    "polarity": "positive or negative",
    "generator": "reviews for the stars asked for",
}
SETTING = {
    "stars": "stars_model",
    "judge": "stars_model",
    "polarity": "polarity_model",
    "generator": "generator",
}
CALL = {
    "stars": 'revdemo.load_stars({settings}).predict(["Slow, but the ending earns it."])',
    "judge": 'revdemo.load_stars({settings}).predict(["Slow, but the ending earns it."])',
    "polarity": 'revdemo.load_polarity({settings}).predict(["Slow, but the ending earns it."])',
    "generator": "revdemo.load_generator({settings}).sample(stars=4, n=20, seed=7)",
}
ABOUT = {
    "stars": "It reads a review in English and gives it 1 to 5 stars, with a probability for each.",
    "judge": "It reads a review in English and gives it 1 to 5 stars. It measures generated reviews: it "
    "learned from reviews that neither the generator nor the classifier that filters saw, and chose nothing.",
    "polarity": "It reads a review in English and gives the probability that it is positive; what is near "
    "the middle is called neutral.",
    "generator": "It writes reviews in English for the stars asked for. A classifier is to read every one of "
    "them: revdemo keeps those whose stars it agrees with, and rejects the others with a reason.",
}
STARTER_DATA = {  # of the adapters in assets/models; other models say it themselves
    "stars": "Public IMDb user reviews, aclImdb (Maas et al. 2011) among them",
    "judge": "Public IMDb user reviews, aclImdb (Maas et al. 2011) among them",
    "polarity": "A slice of amazon_polarity, public IMDb user reviews, and public reviews of products, "
    "restaurants, hotels and books",
    "generator": "Public IMDb user reviews, aclImdb (Maas et al. 2011) among them",
}
TERMS = (
    "Cleaned, stated scores masked, and cut into parts such that no film and no near copy is in two. The "
    "texts belong to their authors, and most carry no licence: they were gathered for research. None of them "
    "is in this repository, only weights and hashes made from them. Use it for research and study."
)
FAILING = {  # the sets of limits.json
    "products": "Reviews of products, hotels, restaurants and books",
    "ironic": "Ironic reviews, written by hand",
    "spanish": "Spanish reviews, written by hand",
    "german or french": "German and French reviews, written by hand",
}
UNSAID = "Its publisher does not say which reviews these are and whose: ask before you rely on it."


@dataclass(frozen=True)
class ModelFacts:
    """What the card of a model tells.

    kind: of the ModelSource; `starter` is what comes with the project. reports: the files of assets/metrics
    that were measured of this revision, by name. example: input and output as they were, and where they come
    from. training_data: what its publisher says of it, for a model that is no starter. adapted: what
    train.adapt measured of this revision, if it made it.
    """

    name: str
    role: str
    kind: str
    revision: str
    merged: bool
    config: Mapping[str, object]
    training: Mapping[str, object]
    reports: Mapping[str, dict] = field(default_factory=dict)
    example: tuple[str, str, str] | None = None
    license: str = "unknown"
    training_data: str = ""
    adapted: Mapping[str, dict] = field(default_factory=dict)

    @property
    def base(self) -> str | None:
        """The base as the Hub names it."""
        base = self.config.get("base") or self.training.get("recipe", {}).get("base")
        return BASES[base].hub if base in BASES else base


def measured(role: str, revision: str, reports: Mapping[str, dict]) -> dict[str, dict]:
    """The reports that are of this model at this revision, by name."""
    names = {role, "limits", *(["generated"] if role == "generator" else [])}
    return {
        name: report
        for name, report in reports.items()
        if name in names and is_of(report.get("model"), role, revision)
    }


def measured_by_adapting(role: str, revision: str, report: Mapping[str, dict]) -> dict[str, dict]:
    """What adapt.json says of a role, if these are the weights that it was measured of."""
    if report.get("models", {}).get("after", {}).get(role, {}).get("revision") != revision:
        return {}
    names = {"stars": ["stars"], "generator": ["generator", "generated"]}.get(role, [])
    return {name: report[name] for name in names if name in report}


def model_card(facts: ModelFacts) -> str:
    """README.md of a model."""
    parts = [_title(facts), _use(facts), _example(facts), _figures(facts), _training(facts), _data(facts)]
    parts += [_limits(facts), _licence(facts)]
    return f"---\n{_model_header(facts)}\n---\n\n" + "\n\n".join(part for part in parts if part) + "\n"


# --- models: the header -------------------------------------------------------------------------------------


def _model_header(facts: ModelFacts) -> str:
    writes = facts.role == "generator"
    library = "transformers" if facts.merged else "peft"
    data = ModelCardData(
        language="en",
        license=facts.license,
        library_name=library,
        pipeline_tag="text-generation" if writes else "text-classification",
        base_model=facts.base,
        base_model_relation="finetune" if facts.merged else "adapter",
        tags=["revdemo", "reviews", *(["synthetic"] if writes else [])],
        model_name=facts.name,
        eval_results=eval_results(facts) or None,
    )
    return data.to_yaml()


def eval_results(facts: ModelFacts) -> list[EvalResult]:
    """The measured rates, as the Hub's model index has them; the interval stands in the name."""
    results = []
    for name, report in facts.reports.items():
        for metric, label, value in _rates(name, report):
            results.append(
                EvalResult(
                    task_type="text-generation" if facts.role == "generator" else "text-classification",
                    dataset_type="held-out-reviews",
                    dataset_name=_held_out(report),
                    dataset_split=report.get("part"),
                    dataset_revision=report.get("data"),
                    metric_type=metric,
                    metric_name=f"{label} (95 % interval {value['low']} to {value['high']})",
                    metric_value=value["value"],
                )
            )
    return results


def _held_out(report: dict) -> str:
    sources = report.get("by_source") or report.get("domains") or {}
    return f"{report['n']:,} held-out reviews" + (f" ({', '.join(sources)})" if sources else "")


def _rates(name: str, report: dict) -> list[tuple[str, str, dict]]:
    if name in ("stars", "judge"):
        exact, near = report["exact"], report["near"]
        return [
            ("accuracy", "exact accuracy", exact["accuracy"]),
            ("f1", "exact F1, weighted", exact["f1"]),
            ("accuracy", "near accuracy (one star off counts as right)", near["accuracy"]),
            ("mae", "mean absolute error in stars", report["mae"]),
        ]
    if name == "polarity":
        return [(metric, metric, report[metric]) for metric in ("accuracy", "f1", "precision", "recall")]
    if name == "generator":
        after = report["perplexity"]["after"], report["bits_per_byte"]["after"]
        return [("perplexity", "perplexity", after[0]), ("bits_per_byte", "bits per byte", after[1])]
    return []


# --- models: what a reader should know ----------------------------------------------------------------------


def _title(facts: ModelFacts) -> str:
    what = (
        "merged weights" if facts.merged else f"a LoRA adapter of [{facts.base}](https://hf.co/{facts.base})"
    )
    if facts.merged and facts.base:
        what += f" of [{facts.base}](https://hf.co/{facts.base})"
    title = f"# {facts.name.partition('/')[2]}: {TITLES[facts.role]}"
    return f"{title}\n\n{ABOUT[facts.role]} In safetensors: {what}."


def _use(facts: ModelFacts) -> str:
    settings = f'Settings({SETTING[facts.role]}="{facts.name}")'
    call = CALL[facts.role].format(settings=settings)
    lines = ["import revdemo", "from revdemo.settings import Settings", call]
    return (
        "## Use it\n\n```python\n" + "\n".join(lines) + f"\n```\n\nPin a revision: `{facts.name}@COMMIT`. "
        f"In the app: `python app.py --{SETTING[facts.role].replace('_', '-')} {facts.name}@COMMIT`."
    )


def _example(facts: ModelFacts) -> str:
    if facts.example is None:
        return ""
    given, answer, origin = facts.example
    return f"## Example\n\n{table(['input', 'output'], [[_cell(given), _cell(answer)]])}\n\n{origin}"


def _figures(facts: ModelFacts) -> str:
    tables = {"stars": _star_table, "judge": _star_table, "polarity": _polarity_table,
              "generator": _generator_table, "generated": _generated_table}  # fmt: skip
    parts = [tables[name](report) for name, report in facts.reports.items() if name in tables]
    if facts.adapted:
        rows = [list(row) for row in figures(facts.adapted)]
        parts += [
            "Measured by `train.adapt`, on rows of the table that no model learned from, beside the model "
            "that it went on from; 95 % intervals in brackets.",
            table(["", "before", "after", "difference"], rows),
        ]
    if not parts:
        parts = ["These weights were not measured: no file of `assets/metrics` is of their revision."]
    note = f"Of the weights {facts.revision[:8]}, by `train.evaluate`; 95 % intervals in brackets."
    return "\n\n".join(["## How good is it?", *parts, *([note] if facts.reports else [])])


def _star_table(report: dict) -> str:
    chance = [
        [f"chance: {name.replace('_', ' ')}", f"{own['exact']:.1%}", f"{own['near']:.1%}", ""]
        for name, own in report["chance"].items()
    ]
    own, other = report, report["baseline"]
    rows = [star_row("this model", own), star_row(f"{other['name']}, same rows", other), *chance]
    groups = f" of {report['films']:,} films" if "films" in report else ""
    said = f"{_held_out(report)}{groups}; near: one star off counts as right."
    return f"{said}\n\n" + table(["", "exact", "near", "mean absolute error"], rows)


def _polarity_table(report: dict) -> str:
    other = report["baseline"]
    rows = [
        [name, f"{own['n']:,}", percent(own["accuracy"]), percent(other["domains"][name]["accuracy"])]
        for name, own in report["domains"].items()
    ]
    head = ["reviews of", "reviews", "accuracy", f"{other['name']}, same rows"]
    return f"{_held_out(report)}.\n\n" + table(head, rows)


def _generator_table(report: dict) -> str:
    rows = [
        [name, *(number(report[key][when]) for when in ("before", "after"))]
        for key, name in (("perplexity", "perplexity"), ("bits_per_byte", "bits per byte"))
    ]
    return f"{_held_out(report)}, which it is to foresee:\n\n" + table(["", "before training", "after"], rows)


def _generated_table(report: dict) -> str:
    rows = []
    for kind, said in (("unfiltered", "as they come"), ("accepted", "accepted")):
        for judge, name in (("judge", "the judge"), ("second_judge", report["model"]["second_judge"])):
            rates = [percent(report[kind][judge][rate]["accuracy"]) for rate in ("exact", "near")]
            rows.append([f"{said}, by {name}", *rates])
    classifier = report["model"]["filter"]["revision"][:8]
    return (
        f"{report['n']:,} reviews of its own, as many of each star; the classifier {classifier} accepted "
        f"{percent(report['acceptance']['all'])}. The judges saw no review that either learned from.\n\n"
        + table(["generated reviews", "exact", "near"], rows)
    )


def _training(facts: ModelFacts) -> str:
    training = facts.training
    if not training:
        return "## Training\n\nIt was not trained by revdemo's scripts, which leave `training.json`."
    recipes = training.get("mean_of") or [training]
    names = dict.fromkeys(
        name for own in recipes for name, set_to in own["recipe"].items() if set_to is not None
    )
    rows = [[f"`{name}`", *(_plain(own["recipe"].get(name)) for own in recipes)] for name in names]
    head = ["", "value"] if len(recipes) == 1 else ["", *(f"model {i}" for i in range(1, len(recipes) + 1))]
    lines = [f"`{own['command']}`" for own in recipes if own is not training]
    together = f"The mean of {len(recipes)} models, made by {' and '.join(lines)}. " if lines else ""
    return (
        f"## Training\n\n{together}`{training['command']}`, on {training['device']}, in "
        f"{training['precision']}. `training.json` holds the whole log.\n\n" + table(head, rows)
    )


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _data(facts: ModelFacts) -> str:
    rows = facts.config.get("training_rows")
    count = f" {rows['n']:,} reviews (fingerprint `{rows['sha256'][:12]}`)." if rows else ""
    if facts.kind == "starter":
        text = f"{STARTER_DATA[facts.role]}.{count} {TERMS}"
    else:
        text = f"{facts.training_data or UNSAID}{count}"
        starts = [own["recipe"].get("start") or "" for own in [facts.training] if own]
        began = next(
            (role for role in STARTER_DATA for own in starts if own.endswith(f"assets/models/{role}")), None
        )
        if began:
            text += f" It went on from the project's {began} model. That one learned from these: "
            text += f"{STARTER_DATA[began]}. {TERMS}"
    return f"## Training data and its terms\n\n{text}"


def _limits(facts: ModelFacts) -> str:
    known = "film reviews in English" if facts.kind == "starter" else "reviews like those it learned from"
    lines = [f"It knows {known}: on others expect less, and measure first."]
    base = BASES.get(str(facts.config.get("base")))
    if base and base.weights.endswith(".gguf") and not facts.merged:
        lines.append(
            f"It was trained on the edition of its base in the package `{base.package}`; on {base.hub} as it "
            "is the figures do not apply."
        )
    if facts.role == "generator":
        lines += [
            "Its reviews are synthetic. Nobody wrote them of anything they saw: they are for training and "
            "study, not for posting, and may be untrue or name people.",
            "It may repeat what it learned from: revdemo rejects copies by `copies.npz`, others do not.",
        ]
    else:
        lines += [
            *_failing(facts),
            "It was not measured on texts that are no reviews. Do not let it alone decide over a person.",
            "With `ngrams.npz` beside the weights, revdemo adds a linear model on words and pairs of words; "
            "the figures are of both together, and transformers alone reads the weights only.",
        ]
    return "## Limits\n\n" + "\n".join(f"- {line}" for line in lines)


def _failing(facts: ModelFacts) -> list[str]:
    """Where a classifier fails, in figures; that it was not measured where there are none."""
    report = facts.reports.get("limits")
    if report is None:
        return ["It was not measured on irony or on other languages."]
    sets = report["sets"] if facts.role == "stars" else report["polarity"]
    return [f"{FAILING[name]} ({own['n']:,}): {_failed(own)}." for name, own in sets.items()]


def _failed(own: dict) -> str:
    if "mae" not in own:
        plain = percent(own["plain"]["accuracy"])
        return f"accuracy {percent(own['accuracy'])}, the same in plain English {plain}"
    said = f"exact {percent(own['exact']['accuracy'])}, near {percent(own['near']['accuracy'])}"
    return said + (
        f", the same in plain English {percent(own['plain']['exact']['accuracy'])} and "
        f"{percent(own['plain']['near']['accuracy'])}"
        if "plain" in own
        else ""
    )


def _licence(facts: ModelFacts) -> str:
    if facts.license == "unknown":
        return "## Licence\n\nIts publisher named none."
    return f"## Licence\n\nThese weights: {facts.license}. The base and the texts keep their own terms."


def _cell(text: str) -> str:
    """A text inside a cell of a table."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
