"""Tiny models that write and predict differently from text to text, and workers in the test's own process."""

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from revdemo.bulk.generating import job as shared_job
from revdemo.bulk.generating.blocks import Scribe
from revdemo.bulk.generating.supply import Delivery, Supply
from revdemo.generation.context import JobContext
from revdemo.models.weights.registry import find
from tests.support.tiny import tiny_causal, tiny_encoder

WILDER = 4  # times the weights that the models have at birth


@pytest.fixture(scope="session")
def wild_models(tmp_path_factory):
    """The folders of a generator and a star model."""
    folder = tmp_path_factory.mktemp("models")
    generator, stars = tiny_causal(folder / "generator"), tiny_encoder(folder / "stars")
    for kind, path in ((AutoModelForCausalLM, generator), (AutoModelForSequenceClassification, stars)):
        model = kind.from_pretrained(path)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(WILDER)
            if path == generator:
                model.get_input_embeddings().weight[0].mul_(2)  # of <end>: more texts end by themselves
        model.save_pretrained(path)
    return generator, stars


@pytest.fixture
def named(settings, wild_models):
    generator, stars = map(str, wild_models)
    return settings.model_copy(update={"generator": generator, "stars_model": stars})


class Here:
    """Workers that write when they are waited for, the last block first; each has room for one."""

    def __init__(self, settings, count):
        self.context, self.count = JobContext(settings), count
        self.scribe = Scribe(self.context)
        self.waiting, self.begun = [], []

    @property
    def free(self):
        return self.count - len(self.waiting)

    def begin(self, block):
        self.waiting.append(block)
        self.begun.append(block)

    def finished(self, patience):
        block = self.waiting.pop()
        worker = f"worker {len(self.waiting)}"
        return [Delivery(block, self.scribe.write(block), worker)]

    def in_hand(self):
        return {f"worker {place}": block.count for place, block in enumerate(self.waiting)}

    def elsewhere(self, function, *arguments):
        return function(self.context.generator, *arguments)


@pytest.fixture
def shared_here(named):
    """Makes a context whose work is shared out in this process; returns it and its workers."""

    def make(size, count, parts=None, **context):
        workers = Here(named, count)
        sources = [find(role, named) for role in ("generator", "stars")]
        supply = Supply(workers, size, parts)
        return shared_job.context_of(workers, named, sources, supply, workers.elsewhere, **context), workers

    return make
