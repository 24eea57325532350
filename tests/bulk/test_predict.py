"""A table through a local Ray cluster: what the plain engine gives, whoever dies on the way."""

import json
import os
import signal

import pandas as pd
import pytest

pytest.importorskip("ray", reason="the engine ray is not installed (requirements-bulk.txt)")

import revdemo
from revdemo.bulk import predict as job
from revdemo.bulk.cluster import Crew
from revdemo.tables.predict import PredictResult
from tests.support.tiny import tiny_encoder

pytestmark = [
    pytest.mark.timeout(600),  # on a busy machine Ray alone takes a minute to begin
    pytest.mark.usefixtures("cluster"),
]
ROWS = 3300


@pytest.fixture
def named(settings, tmp_path):
    return settings.model_copy(update={"stars_model": str(tiny_encoder(tmp_path / "model"))})


def test_a_killed_worker_and_a_stop_lose_and_double_nothing(named, tmp_path):
    table = tmp_path / "a.csv"
    texts = [f"Film {n} is slow, but the ending earns {n % 7}" if n % 50 else "" for n in range(ROWS)]
    pd.DataFrame({"row": range(ROWS), "review": texts}).to_csv(table, index=False)
    request = job.BulkRequest(str(table), str(tmp_path / "bulk.csv"), crew=Crew(2))
    stop, killed, first = [], [], []
    for step in job.predict(request, named, lambda: bool(stop)):
        first.append(step)
        if isinstance(step, job.BulkProgress) and step.workers and not killed:
            killed.append(int(next(iter(step.workers)).rpartition(":")[2]))
            os.kill(killed[0], signal.SIGKILL)
        elif killed and step.done >= 2000:
            stop.append(True)
    assert killed and isinstance(first[-1], job.BulkProgress) and 2000 <= first[-1].done < ROWS
    assert not (tmp_path / "bulk.csv").exists()
    second = list(job.predict(request, named))
    assert second[0].resumed == first[-1].done
    assert isinstance(second[-1], PredictResult) and second[-1].summary.wordless == ROWS // 50
    revdemo.predict_table(table, tmp_path / "plain.csv", settings=named)
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "bulk.csv"), pd.read_csv(tmp_path / "plain.csv"), atol=1e-5
    )


def test_a_folder_becomes_a_folder_of_parts(named, tmp_path):
    texts = [f"A good film, number {n}" for n in range(40)]
    (tmp_path / "in").mkdir()
    for number in range(2):
        pd.DataFrame({"id": range(20), "review": texts[number * 20 :][:20]}).to_parquet(
            tmp_path / "in" / f"{number}.parquet"
        )
    out = tmp_path / "out"
    summary = revdemo.predict_table(tmp_path / "in", out, settings=named, engine="ray", crew=Crew(1))
    assert summary.rows == 40
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["complete"] and sorted(manifest["parts"]) == sorted(p.name for p in out.glob("*.parquet"))
    found = pd.concat(pd.read_parquet(path) for path in sorted(out.glob("*.parquet")))
    assert list(found.review) == texts
    plain = revdemo.predict(texts, settings=named)
    assert list(found.predicted) == list(plain.predicted)
