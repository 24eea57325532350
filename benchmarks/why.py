"""How long an explanation takes, and how exact it is: python -m benchmarks.why [--threads 2] [--repeats 5]

Prints seconds of a first and of later explanations of a review of 100 words, of its sentences and of a
prediction beside them, the memory of the first, and for numbers of steps the seconds and the remainder: how
many stars the shares of the words leave over, at the most and on average over a few reviews. `why.STEPS` was
chosen from such a table. About a minute on two idle cores.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import psutil

from revdemo.evaluation import explain
from revdemo.models.classifier import load_stars
from revdemo.settings import load_settings

STEPS = (4, 8, 12, 16, 24, 32)
REVIEW = (
    "I went in knowing nothing, and for the first half hour I thought I would leave. The camera shakes, the "
    "jokes are older than the cast, and nobody seems to have read the script twice. Then the grandmother "
    "arrives, and the film wakes up. She is funny, she is cruel, and the scene in the kitchen is the best "
    "thing I have seen this year. The ending is not as clever as it believes, and the music never knows when "
    "to stop. Still, I laughed, I cried a little, and I would watch it again for her. Bring patience."
)
SHORT = (
    "Not bad at all, I was pleasantly surprised.",
    "What a waste of two hours. Terrible acting, terrible script.",
    "Wonderful! The best film of the decade, and not a minute too long.",
    "It was fine. Nothing to complain about, nothing to remember.",
    "Oh great, another remake. Just what the world was waiting for.",
)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, nargs="*", default=STEPS)
    args = parser.parse_args()
    classifier = load_stars(load_settings(["--threads", str(args.threads)]))
    print(f"{classifier.source.label} on {classifier.device}, {args.threads} threads")
    print(f"{len(REVIEW.split())} words, {explain.STEPS} steps; medians of {args.repeats}")
    print("| what | seconds |\n|---|---|")
    classifier.predict([REVIEW])
    print(f"| import of captum | {_seconds(explain.prepare, 1):.2f} |")
    before = psutil.Process().memory_info().rss
    print(f"| first explanation | {_seconds(lambda: explain.explain(classifier, REVIEW), 1):.2f} |")
    grown = (psutil.Process().memory_info().rss - before) / 2**20
    for name, work in (
        ("explanation", lambda: explain.explain(classifier, REVIEW)),
        ("sentences", lambda: explain.sentences(classifier, REVIEW)),
        ("prediction", lambda: classifier.predict([REVIEW])),
    ):
        print(f"| {name} | {_seconds(work, args.repeats):.2f} |")
    print(f"\nThe first explanation took {grown:.0f} MB more memory.\n")
    print("| steps | seconds | largest remainder | mean remainder |\n|---|---|---|---|")
    for steps in args.steps:
        print(_row(classifier, steps))


def _seconds(work: Callable[[], object], repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))


def _row(classifier, steps: int) -> str:
    began = time.perf_counter()
    explain.explain(classifier, REVIEW, steps)
    seconds = time.perf_counter() - began
    left = [abs(explain.explain(classifier, text, steps).remainder) for text in (REVIEW, *SHORT)]
    return f"| {steps} | {seconds:.2f} | {max(left):.3f} | {np.mean(left):.3f} |"


if __name__ == "__main__":
    main()
