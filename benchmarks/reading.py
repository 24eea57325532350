"""How long reading a table takes, and how much memory, by its kind: python -m benchmarks.reading

Every line is a process of its own that finds out how a table is laid out, which of its columns count and on
which scale its ratings are, and then reads every row once, as a prediction does. Seconds are those of the
processor, the fewest of some runs; peak memory is that of the whole process, of which the first line reads
nothing (on Linux). `--against f691d30` reads the same files with an earlier revision too, whose code it takes
from git.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

import pandas as pd

from revdemo.tables import table

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("csv", "xlsx", "json", "jsonl", "parquet")
WORDS = [
    "the",
    "film",
    "was",
    "slow",
    "but",
    "warm",
    "and",
    "its",
    "ending",
    "earns",
    "every",
    "minute",
    "of",
    "a",
    "long",
    "evening",
]
MEDIAN_WORDS, SPREAD = 24, 0.6  # log-normal
SEED = 7
# What a process runs: in earlier revisions the same functions stand elsewhere.
MEASURED = r"""
import json, re, sys, time
from pathlib import Path
try:
    from revdemo.tables.table import chunks, open_chosen
except ImportError:
    from revdemo.tables import open_chosen
    from revdemo.table_files import chunks
path, rows, began = sys.argv[1], 0, time.process_time()
if path:
    chosen = open_chosen(path)
    rows = sum(map(len, chosen.chunks() if hasattr(chosen, "chunks") else chunks(path)))
# Not ru_maxrss, in which the process that starts this one counts too.
peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([rows, time.process_time() - began, peak]))
"""


def make_tables(folder: Path, rows: int, kinds: list[str]) -> None:
    """Write the same made-up reviews in every kind, with a number, a rating and a date."""
    rng = random.Random(SEED)
    lengths = [int(rng.lognormvariate(0, SPREAD) * MEDIAN_WORDS) + 1 for _ in range(rows)]
    texts = [f"Number {n}. {' '.join(rng.choices(WORDS, k=k))}" for n, k in enumerate(lengths)]
    stars, days = [n % 5 + 1 for n in range(rows)], [f"2026-{n % 12 + 1:02}-01" for n in range(rows)]
    made = pd.DataFrame({"n": range(rows), "text": texts, "stars": stars, "day": days})
    for kind in kinds:
        table.write_table(made, folder / f"table.{kind}")


def code_of(revision: str, folder: Path) -> Path:
    """The code of an earlier revision, in a folder."""
    packed = subprocess.run(
        ["git", "-C", str(ROOT), "archive", revision], check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def measure(path: Path | None, code: Path, runs: int) -> tuple[int, float, float]:
    """The rows of a table, the seconds of the processor that reading takes, and peak memory in MB."""
    command = [sys.executable, "-P", "-c", MEASURED, str(path or "")]
    found = []
    for _ in range(runs):
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(code)}
        )
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return found[0][0], min(seconds for _, seconds, _ in found), min(peak for *_, peak in found)


def main() -> None:
    """Print the table of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--against", metavar="REVISION", help="read with an earlier revision too")
    parser.add_argument("--runs", type=int, default=3, help="of which the quickest and the largest count")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        codes = {"": ROOT}
        if options.against:
            codes[f", {options.against}"] = code_of(options.against, folder / "code")
        heads = [f"{head}{said}" for said in codes for head in ("seconds", "peak MB")]
        print(f"| table | rows | {' | '.join(heads)} |\n{'|---' * (2 + len(heads))}|", flush=True)
        make_tables(folder, options.rows, options.kinds)
        for kind in (None, *options.kinds):
            path = folder / f"table.{kind}" if kind else None
            found = [measure(path, code, options.runs) for code in codes.values()]
            cells = " | ".join(f"{seconds:.1f} | {peak:,.0f}" for _, seconds, peak in found)
            print(f"| {kind or 'none'} | {found[0][0]:,} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
