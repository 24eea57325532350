"""`--engine continuous`: the run of the plain engine, and where it is refused."""

import pytest

import revdemo
from revdemo import cli
from revdemo.models import generator, loading
from tests.support.fakes_balance import lopsided


def test_a_run_is_that_of_the_plain_engine(named, monkeypatch):
    pytest.importorskip(
        "transformers.generation.continuous_batching.cb_logits_processors",
        reason="this release of transformers has no continuous batching",
    )
    monkeypatch.setattr(generator, "check_continuous", lambda settings: None)  # it asks for a GPU
    asked = {
        "rounds": 20,
        "round_size": 4,
        "at_once": 2,
        "temperature": 0.6,
        "max_tokens": 30,
        "settings": named,
    }
    plain, paged = (
        revdemo.generate(4, 12, 3, engine=engine, **asked).run for engine in ("plain", "continuous")
    )
    assert paged.accepted
    assert [(one.text, one.reason) for one in paged.reviews] == [
        (one.text, one.reason) for one in plain.reviews
    ]


@pytest.mark.parametrize("job", ["generate", "balance"])
def test_there_is_no_gpu(capsys, tmp_path, monkeypatch, job):
    table = str(lopsided(tmp_path / "table.csv"))
    own = ["--stars=4"] if job == "generate" else [table, "--yes"]
    monkeypatch.setattr(loading, "load", None)  # no model is loaded before
    command = [job, *own, "--engine=continuous", "--device=cpu", f"--out={tmp_path / 'out'}"]
    assert cli.main([*command, f"--data-dir={tmp_path}"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "revdemo: The engine continuous needs a CUDA GPU: use --engine plain on this device."
    )
