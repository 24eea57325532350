"""The form of the Generate tab as a request: the kind and the likeness, where the generator knows them."""

import gradio as gr
import numpy as np
import pytest

from revdemo.generation.likeness import FEATURES, LIKENESS, Likeness
from revdemo.models.ngrams import NgramModel
from revdemo.reviews import Prefix
from revdemo.ui.generate.form import Form
from tests.support.fakes_ui import SlowGenerator, services

KINDLY = Prefix("A {kind} review of {stars}.", "A {kind} review.")


def form_of(settings, prefix):
    generator = SlowGenerator()
    if prefix:
        generator.prefix = prefix
    held = services(settings, load_generator=lambda _: generator)
    with gr.Blocks():
        form = Form(held)
        form.more()
    return form


@pytest.mark.parametrize(
    ("prefix", "shown"), [(KINDLY, True), (Prefix(), False), (None, False)], ids=["kinds", "none", "a fake"]
)
def test_the_kind_is_a_choice_where_the_generator_knows_kinds(settings, prefix, shown):
    form = form_of(settings, prefix)
    assert form.kind.visible is False
    kinds, _ = form.reveal()
    assert kinds.visible is shown
    values = {field: getattr(field, "value", None) for field in form.inputs} | {form.kind: "hotel"}
    assert form.request(values).kind == ("hotel" if shown else None)


def test_a_generator_that_does_not_load_has_no_kinds(settings):
    def fail(_):
        raise ValueError("no generator")

    with gr.Blocks():
        form = Form(services(settings, load_generator=fail))
        form.more()
    assert [field.visible for field in form.reveal()] == [False, False]


def test_the_least_likeness_is_a_choice_where_the_generator_carries_a_model_of_it(settings, tmp_path):
    count = len(FEATURES)
    ngrams = NgramModel(np.ones(64), np.zeros((64, 2)), 1.0)
    Likeness(ngrams, np.zeros(count), np.ones(count), np.zeros(count), 0.0, 0.413).save(tmp_path / LIKENESS)
    form = form_of(settings, None)
    form.services.wait(form.services.generator).source.folder = tmp_path
    _, least = form.reveal()
    assert least.visible and least.value == 41
    values = {field: getattr(field, "value", None) for field in form.inputs}
    asked = [form.request(values | {form.min_likeness: percent}).min_likeness for percent in (41, 0, 60)]
    assert asked == [None, 0.0, 0.6], "the model's own threshold, none, and another one"
