"""The real reviews of each arm, one star of them cut, and what fills the gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.generation.loop import round_seed
from revdemo.reviews import STARS
from train.data.augment import augment


@dataclass(frozen=True)
class BenefitPlan:
    """How much there is.

    rows: real reviews per star. cut: those left of the cut star. resamples: draws of the real reviews. pool:
    reviews of the release models to draw a filling from. seed: of every draw.
    """

    rows: int = 500
    cut: int = 50
    resamples: int = 10
    pool: int = 600
    seed: int = 0

    @property
    def gap(self) -> int:
        """How many reviews of the cut star are missing."""
        return self.rows - self.cut


def with_every_star(part: pd.DataFrame) -> pd.DataFrame:
    """The labelled reviews of the sources that have every star, so that no source tells the stars."""
    labelled = part[part["stars"] > 0]
    return labelled[labelled.groupby("source")["stars"].transform("nunique") == len(STARS)]


def draw_rows(part: pd.DataFrame, plan: BenefitPlan, number: int) -> pd.DataFrame:
    """Resample `number`: `plan.rows` reviews of every star, in an order in which the first are those kept."""
    drawn = []
    for stars in STARS:
        rows = part[part["stars"] == stars]
        if len(rows) < plan.rows:
            raise RevdemoError(
                "There are {rows} reviews of {stars} stars to draw from, in sources that have every star; "
                "{needed} are needed.",
                rows=len(rows),
                stars=stars,
                needed=plan.rows,
            )
        drawn.append(rows.sample(plan.rows, random_state=round_seed(plan.seed, number)))
    return pd.concat(drawn, ignore_index=True)


def cut_rows(drawn: pd.DataFrame, gap_star: int, plan: BenefitPlan) -> pd.DataFrame:
    """The drawn reviews with one star cut to its first `plan.cut`."""
    order = drawn.groupby("stars").cumcount()
    return drawn[(drawn["stars"] != gap_star) | (order < plan.cut)]


def spread(texts: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    """`count` of the texts, none of them again before all of them were taken; none where there are none."""
    if not texts:
        return []
    order = [rng.permutation(len(texts)) for _ in range(-(-count // len(texts)))]
    return [texts[place] for place in np.concatenate([[], *order]).astype(int)[:count]]


def build_arms(
    drawn: pd.DataFrame, gap_star: int, pools: Mapping[str, Sequence[str]], plan: BenefitPlan, number: int
) -> dict[str, pd.DataFrame]:
    """The text and stars that each arm learns from; `pools` are the reviews to draw an arm's filling from."""
    kept = cut_rows(drawn, gap_star, plan)[["text", "stars"]]
    own = kept.loc[kept["stars"] == gap_star, "text"].tolist()
    rng = np.random.default_rng([plan.seed, number])
    again = spread(own, plan.gap, rng)
    fillings = {"real only": [], "over-sampling": again, "augmentation": [augment(one, rng) for one in again]}
    fillings |= {name: spread(pool, plan.gap, rng) for name, pool in pools.items()}
    arms = {name: _filled(kept, texts, gap_star) for name, texts in fillings.items()}
    return arms | {"all real": drawn[["text", "stars"]]}


def _filled(kept: pd.DataFrame, texts: Sequence[str], gap_star: int) -> pd.DataFrame:
    return pd.concat([kept, pd.DataFrame({"text": texts, "stars": gap_star})], ignore_index=True)
