"""How much memory predicting a table takes, by its rows: python -m benchmarks.batch

Every line is a process of its own that opens the table, predicts it in steps, and writes it with its
predictions as the same kind of file, summary included. A classifier that answers at once stands in for the
model, so that the figure is what the table costs; a model adds the same for any number of rows. Texts are as
long as film reviews (168 words at the median). A spreadsheet is the exception: its reader keeps the texts
that its file shares between cells.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from revdemo.generation.context import JobContext
from revdemo.settings import Settings
from revdemo.tables import table
from revdemo.tables.predict import PredictRequest, predict

EXAMPLES = Path(__file__).resolve().parent.parent / "assets" / "examples.json"
MEDIAN_WORDS, SPREAD = 168, 0.6  # log-normal
CHUNK = 2048
SEED = 7
SHARES = (0.05, 0.1, 0.15, 0.3, 0.4)


class AtOnce:
    """Five stars for every text, at once."""

    source = SimpleNamespace(label="stand-in", revision="0")

    def predict(self, texts: list[str]) -> list[SimpleNamespace]:
        """The same answer for each text."""
        return [SimpleNamespace(stars=5, confidence=0.4, expected=3.9, probabilities=SHARES) for _ in texts]


def make_table(path: Path, rows: int) -> None:
    """Write a table of made-up reviews, no two alike, with a rating and a number."""
    schema = table.infer_schema([next(_pieces(1))])
    with table.writing(path, schema.names, schema) as write:
        for piece in _pieces(rows):
            write(piece)


def _pieces(rows: int) -> Iterator[pd.DataFrame]:
    rng = random.Random(SEED)
    words = " ".join(one["text"] for one in json.loads(EXAMPLES.read_text("utf-8"))).split()
    for start in range(0, rows, CHUNK):
        numbers = range(start, min(start + CHUNK, rows))
        lengths = [int(rng.lognormvariate(0, SPREAD) * MEDIAN_WORDS) + 1 for _ in numbers]
        texts = [
            f"Number {n}. {' '.join(rng.choices(words, k=k))}" for n, k in zip(numbers, lengths, strict=True)
        ]
        yield pd.DataFrame({"n": list(numbers), "text": texts, "stars": [n % 5 + 1 for n in numbers]})


def measure(path: Path, folder: Path) -> dict[str, float]:
    """Predict and write the table in this process; its seconds and peak memory in MB."""
    began = time.monotonic()
    context = JobContext(Settings(data_dir=folder), stars=AtOnce())
    steps = predict(PredictRequest(table.open_chosen(path)), context, [folder / f"predicted{path.suffix}"])
    *_, result = steps
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": result.summary.rows, "seconds": time.monotonic() - began, "peak_mb": peak}


def main() -> None:
    """Print the table of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--kinds", nargs="+", default=["csv", "jsonl", "parquet", "xlsx"])
    parser.add_argument("--measure", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(*options.measure)))
        return
    print("| table | rows | MB on disk | seconds | peak MB |\n|---|---|---|---|---|", flush=True)
    for kind in options.kinds:
        for rows in options.rows:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"table.{kind}"
                make_table(path, rows)
                command = [sys.executable, "-m", "benchmarks.batch", "--measure", str(path), folder]
                found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                size = path.stat().st_size / 1e6
            cells = f"{size:,.0f} | {found['seconds']:,.0f} | {found['peak_mb']:,.0f}"
            print(f"| {kind} | {found['rows']:,} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
