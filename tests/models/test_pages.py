"""transformers' continuous batching on a CPU: the texts, groups and runs of the plain engine."""

from dataclasses import replace

import pytest
import torch

pytest.importorskip(
    "transformers.generation.continuous_batching.cb_logits_processors",
    reason="this release of transformers has no continuous batching",
)

from revdemo.errors import RevdemoError
from revdemo.models import generator
from revdemo.models.sampling.batch import Batch
from revdemo.models.sampling.pages import Pages
from tests.models.test_generator import load


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def writer(request, tmp_path_factory):
    return load(tmp_path_factory.mktemp("model") / "generator", request.param)


def groups(writer, batches, n=30, **arguments):
    writer.batches = batches
    asked = {"seats": 6, "max_tokens": 40} | arguments
    return [[replace(one, nats=None) for one in group] for group in writer.stream(4, n, 7, **asked)]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"temperature": 1.3, "top_p": 0.8},
        {"min_p": 0.05, "top_p": 1.0},
        {"pulse": 4},
        {"opening": "I liked it"},
        {"max_tokens": 1},
        {"first": 5},
        {"flaw": lambda text: "e" if "e" in text else ""},
        {"more": lambda begun: begun < 9},
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_the_groups_are_those_of_the_plain_engine(writer, arguments):
    found = groups(writer, Pages, **arguments)
    assert found == groups(writer, Batch, **arguments)
    assert sum(map(len, found)) == (9 if "more" in arguments else 30)


def test_the_likelihood_is_that_of_the_plain_engine(writer):
    def nats(batches):
        writer.batches = batches
        asked = {"seats": 6, "max_tokens": 30, "likelihood": True}
        return [one.nats for group in writer.stream(4, 12, 7, **asked) for one in group]

    assert nats(Pages) == pytest.approx(nats(Batch), abs=1e-3)


def test_a_stream_that_is_stopped_leaves_the_model_to_the_next(writer):
    writer.batches = Pages
    asked, stop = iter(range(100)), 5
    stopped = list(writer.stream(4, 6, 7, max_tokens=40, should_stop=lambda: next(asked) >= stop))
    assert sum(map(len, stopped)) < 6
    assert groups(writer, Pages) == groups(writer, Batch)


def test_guidance_is_refused(writer):
    writer.batches = Pages
    with pytest.raises(RevdemoError, match="cannot guide texts"):
        list(writer.stream(4, 6, 7, guidance=2.0))


def test_the_device_must_be_a_cuda_gpu(settings):
    with pytest.raises(RevdemoError, match="needs a CUDA GPU"):
        generator.load_continuous(settings)
    if torch.cuda.is_available():
        generator.check_continuous(settings.model_copy(update={"device": "cuda"}))
