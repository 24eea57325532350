"""This working tree beside an earlier revision, in turns: python -m benchmarks.releases --against f691d30

For each of 1 to 5 stars, at each revision's own defaults, accepted reviews per minute and the time to the
first; then texts classified per second, the import and the peak of memory. Every line is a process of its
own, and the revisions take turns, so that a machine that slows down slows both; loading is not timed. At the
end one star is written again with the same seed, to see whether the same reviews come.

    python -m benchmarks.releases --against f691d30 --stars 1 2 3 4 5 --accepted 20 --deadline 60
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.reading import ROOT, code_of
from benchmarks.speed import device, made_up_texts

# What both revisions understand; it runs in either one's code.
MEASURED = """
import hashlib, json, resource, sys, time
began = time.perf_counter()
import revdemo
imported = time.perf_counter() - began
task = json.load(sys.stdin)
stars = revdemo.load_stars()
found = {"import": imported}
if task["stars"]:
    models = {"classifier": stars, "generator": revdemo.load_generator()}
    for _ in revdemo.generate(3, 1, 999, rounds=1, **models):
        pass  # warms up
    began, first, texts = time.perf_counter(), None, []
    limits = {"deadline": task["deadline"], "rounds": 500}
    run = revdemo.generate(task["stars"], task["accepted"], task["seed"], **limits, **models)
    for step in run:
        new = [one.text for one in step.new if one.accepted]
        if new and first is None:
            first = time.perf_counter() - began
        texts += new
    found |= {"seconds": time.perf_counter() - began, "accepted": len(texts), "first": first,
              "digest": hashlib.sha256("\\n".join(texts).encode()).hexdigest()[:12]}
else:
    stars.predict(task["texts"][:8])
    began = time.perf_counter()
    stars.predict(task["texts"])
    found["seconds"] = time.perf_counter() - began
found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(found))
"""


def measure(code: Path, cache: Path, task: dict, variables: dict[str, str]) -> dict:
    """One task in the code of a revision, with its own cache and data."""
    folders = {"REVDEMO_CACHE": str(cache), "REVDEMO_DATA_DIR": str(cache / "data"), "PYTHONPATH": str(code)}
    command = [sys.executable, "-P", "-c", MEASURED]
    done = subprocess.run(
        command,
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **folders, **variables},
        cwd=code,
    )
    if done.returncode:
        sys.exit(f"{code} failed with {task['stars']} stars:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def in_turns(
    codes: dict[str, Path], folder: Path, tasks: Sequence[dict], variables: dict[str, dict[str, str]]
) -> dict[str, list[dict]]:
    """What each revision did with each task, one task after the other and the revisions in turns."""
    found: dict[str, list[dict]] = {name: [] for name in codes}
    for number, task in enumerate(tasks):
        for name in sorted(codes, reverse=number % 2 == 1):
            found[name].append(measure(codes[name], folder / f"cache-{name}", task, variables[name]))
            print(json.dumps({"revision": name, "stars": task["stars"], **found[name][-1]}), file=sys.stderr)
    return found


def row(name: str, runs: list[dict], reading: list[dict], texts: int) -> str:
    """A line of the table."""
    rates = [60 * one["accepted"] / one["seconds"] for one in runs]
    pooled = 60 * sum(one["accepted"] for one in runs) / sum(one["seconds"] for one in runs)
    firsts = [one["first"] for one in runs if one["first"] is not None]
    first = f"{statistics.median(firsts):.1f} s (at most {max(firsts):.1f})" if firsts else "none"
    read = texts / min(one["seconds"] for one in reading)
    imported = min(one["import"] for one in (*runs, *reading))
    peak = max(one["peak"] for one in runs)
    by_star = ", ".join(f"{rate:.0f}" for rate in rates)
    return f"| {name} | {pooled:.1f} | {by_star} | {first} | {read:.1f} | {imported:.2f} s | {peak:,.0f} |"


def main() -> None:
    """Print the table of Markdown, and whether a seed gives the same reviews again."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", metavar="REVISION", required=True, help="the earlier revision")
    parser.add_argument(
        "--then",
        metavar="NAME=VALUE",
        nargs="*",
        default=[],
        help="variables for the earlier revision alone, such as a precision that is fast for it here",
    )
    parser.add_argument("--stars", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--accepted", type=int, default=20, help="accepted reviews that end a run")
    parser.add_argument("--deadline", type=float, default=60, help="seconds that end a run")
    parser.add_argument("--texts", type=int, default=200, help="texts to classify")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    common = {"accepted": options.accepted, "deadline": options.deadline, "seed": options.seed}
    runs = [{"stars": stars, **common} for stars in options.stars]
    texts = [{"stars": 0, "texts": made_up_texts(options.texts)}] * 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        codes = {"working tree": ROOT, options.against: code_of(options.against, folder / "code")}
        own = {"working tree": {}, options.against: dict(one.split("=", 1) for one in options.then)}
        reading, found = in_turns(codes, folder, texts, own), in_turns(codes, folder, runs, own)
        again = measure(ROOT, folder / "cache-working tree", runs[0], {})
    print(
        "| revision | accepted per minute | by stars | first accepted "
        "| texts per second | import | peak MB |\n"
        "|---|---|---|---|---|---|---|"
    )
    for name in codes:
        print(row(name, found[name], reading[name], options.texts))
    same = again["digest"] == found["working tree"][0]["digest"]
    said = "the same reviews" if same else "OTHER reviews"
    print(f"\n{options.stars[0]} stars with the same seed again: {said}. {device()}")


if __name__ == "__main__":
    main()
