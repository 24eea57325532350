"""The card of a model: README.md as the Hugging Face Hub reads it, from files alone.

Every figure comes from a file of assets/metrics that is of these very weights; none is told of other weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from revdemo.errors import Phrase
from revdemo.evaluation.adapt_figures import figures
from revdemo.evaluation.results import (
    AdaptedFile,
    Failing,
    FailingPolarity,
    GeneratedFile,
    GeneratorFile,
    LimitsFile,
    Measured,
    PolarityFile,
    StarFile,
)
from revdemo.hub.markdown import code, number, percent, star_row
from revdemo.hub.rendering import render
from revdemo.intervals import Rate
from revdemo.models.weights.bases import BASES, Base

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, ModelCardData

SETTING = {
    "stars": "stars_model",
    "judge": "stars_model",
    "polarity": "polarity_model",
    "generator": "generator",
}
FILMS = Phrase("Public IMDb user reviews, aclImdb (Maas et al. 2011) among them, in English.")
STARTER_DATA = {  # of the adapters in assets/models; other models say it themselves
    "stars": Phrase(
        "IMDb user reviews and aclImdb, and public reviews of products, books, clothing and restaurants, in "
        "English; of some it learned what the accurate model answers."
    ),
    "judge": FILMS,
    "polarity": Phrase(
        "A slice of amazon_polarity, public IMDb user reviews, and public reviews of products, restaurants, "
        "hotels and books, in English."
    ),
    "generator": Phrase(
        "IMDb user reviews and aclImdb, and public reviews of products, clothing and restaurants, in English."
    ),
}
KINDS = "reviews in English of films, products, clothing and restaurants"
STARTER_KNOWS = {  # the same in a few words
    "stars": KINDS,
    "judge": "film reviews in English",
    "polarity": "reviews in English of films, products, restaurants, hotels and books",
    "generator": KINDS,
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
    from. training_data: what its publisher says of it, for a model that is not a starter. adapted: what
    train.adapt measured of this revision, if it made it.
    """

    name: str
    role: str
    kind: str
    revision: str
    merged: bool
    config: Mapping[str, Any]
    training: Mapping[str, Any]
    reports: Mapping[str, Measured] = field(default_factory=dict)
    example: tuple[str, str, str] | None = None
    license: str = "unknown"
    training_data: str = ""
    adapted: AdaptedFile | None = None

    @property
    def base(self) -> str | None:
        """The base as the Hub names it."""
        base = self.config.get("base") or self.training.get("recipe", {}).get("base")
        return BASES[base].hub if base in BASES else base


def measured(role: str, revision: str, reports: Mapping[str, Measured]) -> dict[str, Measured]:
    """The reports that are of this model at this revision, by name."""
    names = {role, "limits", *(["generated"] if role == "generator" else [])}
    return {
        name: report for name, report in reports.items() if name in names and report.is_of(role, revision)
    }


def measured_by_adapting(role: str, revision: str, report: AdaptedFile | None) -> AdaptedFile | None:
    """What adapt.json says of a role, if these are the weights that it was measured of."""
    if report is None or report.models.get("after", {}).get(role, {}).get("revision") != revision:
        return None
    others = ("generator", "generated") if role == "stars" else ("stars",)
    return report.model_copy(update=dict.fromkeys(others))


def card(facts: ModelFacts) -> str:
    """README.md of a model."""
    return render(
        "model_card",
        _header(facts),
        facts=facts,
        setting=SETTING[facts.role],
        held_out=_held_out,
        star_rows=_star_rows,
        polarity_rows=_polarity_rows,
        generator_rows=_generator_rows,
        generated_rows=_generated_rows,
        adapted_rows=figures,
        starter_data=STARTER_DATA,
        starter_knows=STARTER_KNOWS,
        terms=TERMS,
        unsaid=UNSAID,
        rows=_training_rows(facts),
        started_from=_started_from(facts),
        other_edition=_other_edition(facts),
        failing=_failing(facts),
        **_recipes(facts.training),
    )


# --- the header ---------------------------------------------------------------------------------------------


def _header(facts: ModelFacts) -> ModelCardData:
    from huggingface_hub import ModelCardData

    writes = facts.role == "generator"
    return ModelCardData(
        language="en",
        license=facts.license,
        library_name="transformers" if facts.merged else "peft",
        pipeline_tag="text-generation" if writes else "text-classification",
        base_model=facts.base,
        base_model_relation="finetune" if facts.merged else "adapter",
        tags=["revdemo", "reviews", *(["synthetic"] if writes else [])],
        model_name=facts.name,
        eval_results=eval_results(facts) or None,
    )


def eval_results(facts: ModelFacts) -> list[EvalResult]:
    """The measured rates, as the Hub's model index has them; the interval stands in the name."""
    from huggingface_hub import EvalResult

    results = []
    for report in facts.reports.values():
        for metric, label, rate in _rates(report):
            if rate is None:
                continue
            results.append(
                EvalResult(
                    task_type="text-generation" if facts.role == "generator" else "text-classification",
                    dataset_type="held-out-reviews",
                    dataset_name=_held_out(report),
                    dataset_split=report.part or None,
                    dataset_revision=report.data or None,
                    metric_type=metric,
                    metric_name=f"{label} (95% interval {rate.low} to {rate.high})",
                    metric_value=rate.value,
                )
            )
    return results


def _held_out(report: Measured) -> str:
    sources = getattr(report, "by_source", None) or getattr(report, "domains", None) or {}
    return f"{report.n:,} held-out reviews" + (f" ({', '.join(sources)})" if sources else "")


def _rates(report: Measured) -> list[tuple[str, str, Rate | None]]:
    if isinstance(report, StarFile):
        return [
            ("accuracy", "exact accuracy", report.exact.accuracy),
            ("f1", "exact F1, weighted", report.exact.f1),
            ("accuracy", "near accuracy (one star off counts as right)", report.near.accuracy),
            ("mae", "mean absolute error in stars", report.mae),
        ]
    if isinstance(report, PolarityFile):
        return [(name, name, getattr(report, name)) for name in ("accuracy", "f1", "precision", "recall")]
    if isinstance(report, GeneratorFile):
        return [
            ("perplexity", "perplexity", report.perplexity.after),
            ("bits_per_byte", "bits per byte", report.bits_per_byte.after),
        ]
    return []


# --- the tables ---------------------------------------------------------------------------------------------


def _star_rows(report: StarFile) -> list[list[str]]:
    chance = [
        [f"chance: {name.replace('_', ' ')}", f"{own.exact:.1%}", f"{own.near:.1%}", ""]
        for name, own in report.chance.items()
    ]
    own, baseline = star_row("this model", report), report.baseline
    return [own, *([star_row(f"{baseline.name}, same rows", baseline)] if baseline else []), *chance]


def _polarity_rows(report: PolarityFile) -> list[list[str]]:
    baselines = report.baseline.domains if report.baseline else {}
    return [
        [name, f"{own.n:,}", percent(own.accuracy), percent(baselines[name].accuracy)]
        for name, own in report.domains.items()
    ]


def _generator_rows(report: GeneratorFile) -> list[list[str]]:
    changes = (("perplexity", report.perplexity), ("bits per byte", report.bits_per_byte))
    return [[name, number(change.before), number(change.after)] for name, change in changes]


def _generated_rows(report: GeneratedFile) -> list[list[str]]:
    kinds = {"as they come": report.unfiltered, "accepted": report.accepted}
    judges = {"judge": "the judge", "second_judge": report.model["second_judge"]}
    return [
        [f"{said}, by {name}", percent(judged[judge].exact.accuracy), percent(judged[judge].near.accuracy)]
        for said, judged in kinds.items()
        for judge, name in judges.items()
        if judge in judged
    ]


def _recipes(training: Mapping[str, Any]) -> dict[str, list]:
    """The recipes that training.json tells of, a column each in a table of their values."""
    recipes = (training.get("mean_of") or [training]) if training else []
    names = dict.fromkeys(
        name for own in recipes for name, value in own["recipe"].items() if value is not None
    )
    many = [f"model {i}" for i in range(1, len(recipes) + 1)]
    return {
        "recipes": recipes,
        "recipe_head": ["", *(many if len(recipes) > 1 else ["value"])],
        "recipe_rows": [[code(name), *(own["recipe"].get(name) for own in recipes)] for name in names],
    }


# --- what a reader should know ------------------------------------------------------------------------------


def _training_rows(facts: ModelFacts) -> str:
    rows: Any = facts.config.get("training_rows")
    return f" {rows['n']:,} reviews (fingerprint `{rows['sha256'][:12]}`)." if rows else ""


def _started_from(facts: ModelFacts) -> str | None:
    """The role of the project's own model that training started from, if it did."""
    start = (facts.training.get("recipe") or {}).get("start") or ""
    return next((role for role in STARTER_DATA if start.endswith(f"assets/models/{role}")), None)


def _other_edition(facts: ModelFacts) -> Base | None:
    """The base, where an adapter learned on another edition of it than the Hub's."""
    base = BASES.get(str(facts.config.get("base")))
    return base if base and base.file.endswith(".gguf") and not facts.merged else None


def _failing(facts: ModelFacts) -> list[str]:
    """Where a classifier fails, in figures; that it was not measured where there are none."""
    report = facts.reports.get("limits")
    if not isinstance(report, LimitsFile):
        return ["It was not measured on irony or on other languages."]
    sets = report.sets if facts.role == "stars" else report.polarity
    return [f"{FAILING[name]} ({own.n:,}): {_failed(own)}." for name, own in sets.items()]


def _failed(own: Failing | FailingPolarity) -> str:
    if isinstance(own, FailingPolarity):
        said, plain = f"accuracy {percent(own.accuracy)}", own.plain
        return f"{said}, the same in plain English {percent(plain.accuracy)}" if plain else said
    said = f"exact {percent(own.exact.accuracy)}, near {percent(own.near.accuracy)}"
    if own.plain is None:
        return said
    exact, near = percent(own.plain.exact.accuracy), percent(own.plain.near.accuracy)
    return f"{said}, the same in plain English {exact} and {near}"
