"""Stands for train.adapt: keeps to its files and signals, and trains nothing. FAKE_STEPS steps of 0.1 s."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from filelock import FileLock

RATE = {"value": 0.5, "low": 0.4, "high": 0.6}
BETTER = {"value": 0.7, "low": 0.6, "high": 0.8}
CHANGE = {"value": 0.2, "low": 0.1, "high": 0.3}


def report() -> dict:
    def star(rate):
        scores = {"exact": {"accuracy": rate}, "near": {"accuracy": rate}, "mae": rate}
        return scores | {"n": 50, "confusion": [[2] * 5] * 5}

    own = {"n": 50, "before": star(RATE), "after": star(BETTER), "difference": star(CHANGE)}
    change = {"before": BETTER, "after": RATE}
    bits = {
        "n": 40,
        "perplexity": change,
        "bits_per_byte": change,
        "difference": {"bits_per_byte": CHANGE},
    }
    return {"stars": own, "generator": bits, "table": {"name": "table", "rows": 100}}


def main() -> int:
    out = Path(sys.argv[sys.argv.index("--out") + 1])
    out.mkdir(parents=True, exist_ok=True)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def tell(**fields):
        with (out / "progress.jsonl").open("a") as file:
            file.write(json.dumps({"time": time.time(), **fields}) + "\n")

    with FileLock(out / ".lock", timeout=0):
        estimate = "--estimate" in sys.argv
        tell(state="started", pid=os.getpid(), estimate=estimate)
        if not Path(sys.argv[1]).exists():
            tell(state="failed", problem="There is no table.")
            return 2
        if estimate:
            roles = {"stars": {"rows": 1500, "minutes": 1.5}, "generator": {"rows": 600, "minutes": 3.0}}
            said = {"roles": roles, "reading": 0.1, "report": 0.5, "minutes": 5.0, "device": "CPU, 2 threads"}
            (out / "estimate.json").write_text(json.dumps(said))
            tell(state="estimated")
            return 0
        kept, steps = out / "step", int(os.environ.get("FAKE_STEPS", "5"))
        done = int(kept.read_text()) if kept.exists() else 0
        for step in range(done + 1, steps + 1):
            time.sleep(0.1)
            kept.write_text(str(step))
            tell(role="stars", step=step, steps=steps, loss=1 / step, seconds_left=(steps - step) / 10)
            if stop.is_set():
                tell(state="stopped")
                return 130
        for role in ("stars", "generator"):
            (out / role).mkdir(exist_ok=True)
            (out / role / "revdemo.json").write_text("{}")
        (out / "adapt.json").write_text(json.dumps(report()))
        tell(state="done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
