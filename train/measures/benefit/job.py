"""Do synthetic reviews help where data are short? Measured on small classifiers; the contents of use.json.

    python -m train.evaluate use               # trains two models for each of --few-resamples
    python -m train.evaluate use --skip-few    # with the release models only
    python -m train.evaluate use --skip-few --limit 100 --resamples 2 --pool 40 --out runs/trial

A small star classifier learns from 500 real reviews per star, of which one star is cut to 50. The 450 that
are missing are filled in several ways, each beside the same real reviews and measured on the same test
reviews: not at all, by over-sampling the 50, by word-level augmentation of them, by accepted synthetic
reviews. The 500 uncut are the reference. Twice:

- "few": generator and filter learn from those 2,050 reviews alone, once for each resample. The real reviews
  are of the classifier's part; no published model takes part, so that it does not matter which of them saw
  it.
- "release": the published generator and classifier fill the gap. They have seen far more than the small
  classifier, so that beside their reviews stand unlabelled real ones of the generator's part, pseudo-
  labelled by the published classifier. The real reviews are of the judge's part, which neither has seen: no
  synthetic review can be the echo of a real one beside it. Nothing is selected by them here.

Real reviews come from sources that have every star: aclImdb has no 3 stars, so its style would tell the
stars. The unlabelled reviews are all of aclImdb, which is a handicap of that arm.

An interval is a bootstrap over resamples and films at once (Owen 2007, "The pigeonhole bootstrap"): as many
of each are drawn anew, the same for all arms, which pairs their differences. It errs on the wide side, and
it does not cover another training of the release models, whose one pool of accepted reviews all resamples
draw from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from revdemo.models.classifier import load_stars
from revdemo.models.generator import load_generator
from revdemo.reviews import STARS
from revdemo.settings import load_settings
from train.data import prepared
from train.fitting import probes
from train.measures import provenance
from train.measures.benefit.arms import BenefitPlan, draw_rows, with_every_star
from train.measures.benefit.few_models import few_pool
from train.measures.benefit.fillings import pseudo_labelled, write_accepted
from train.measures.benefit.measuring import measure_setting, summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of this job beside the common ones."""
    parser.add_argument("--work", type=Path, default=Path("runs/use"), help="where what is made is kept")
    parser.add_argument(
        "--gap-stars",
        type=star_list,
        default=[3],
        help="the stars that are cut, one after another: 3, or 3,1",
    )
    parser.add_argument("--resamples", type=int, default=10, help="draws of the real reviews")
    parser.add_argument(
        "--few-resamples",
        type=int,
        default=10 if torch.cuda.is_available() else 2,
        help="draws for which two models are trained on the few reviews",
    )
    parser.add_argument("--skip-few", action="store_true", help="only the release models")
    parser.add_argument("--pool", type=int, default=600, help="reviews of each filling to draw the 450 from")


def star_list(text: str) -> list[int]:
    """Stars as the command line takes them: 3, or 3,1."""
    stars = [int(one) for one in text.split(",")]
    if not set(stars) <= set(STARS):
        raise ValueError
    return stars


def evaluate(args: argparse.Namespace, plan: BenefitPlan | None = None) -> dict:
    """Measure what synthetic reviews are good for; returns the contents of use.json.

    plan: another size than the command line's, for tests.
    """
    plan = plan or BenefitPlan(resamples=args.resamples, pool=args.pool, seed=args.seed)
    test = prepared.read_part(args.data, "test")
    test = test.sample(min(args.limit or len(test), len(test)), random_state=args.seed)
    settings = load_settings([])
    classifiers = {"embeddings": probes.by_embeddings(settings, args.work), "words": probes.by_words()}
    generator, classifier = load_generator(settings), load_stars(settings)
    release = with_every_star(prepared.read_part(args.data, "judge"))
    unlabelled = prepared.read_part(args.data, "generator")
    entries = []
    for star in args.gap_stars:
        pools = {
            "synthetic": write_accepted(generator, classifier, star, plan.pool, args.work, plan.seed),
            "pseudo-labelled": pseudo_labelled(unlabelled, classifier, star, plan.pool, args.work, plan.seed),
        }
        rows = [draw_rows(release, plan, number) for number in range(plan.resamples)]
        entries += measure_setting("release", star, rows, [pools] * len(rows), test, classifiers, plan)
    if not args.skip_few:
        few = with_every_star(prepared.read_part(args.data, "classifier"))
        rows = [draw_rows(few, plan, number) for number in range(args.few_resamples)]
        for star in args.gap_stars:
            pools = [{"synthetic": few_pool(own, star, plan, settings, args.work)} for own in rows]
            entries += measure_setting("few", star, rows, pools, test, classifiers, plan)
    print(summary(entries))
    return {
        "n": len(test),
        "films": int(test["movie_id"].nunique()),
        "settings": entries,
        "model": {"generator": provenance.revision(generator), "filter": provenance.revision(classifier)},
    }
