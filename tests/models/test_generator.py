"""Stars to texts: what the sampler draws, when it stops, and what it refuses."""

import json
from types import SimpleNamespace

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

from revdemo.errors import RevdemoError
from revdemo.models.generator import ReviewGenerator, load_generator
from revdemo.models.quantization import Int8Linear, quantize
from revdemo.models.sampling import drawing
from revdemo.models.sampling.batch import Batch
from revdemo.models.sampling.options import Sampling
from revdemo.reviews import clean
from tests.support.tiny import END, tiny_causal

CPU = torch.device("cpu")
CONFIG = {
    "prefix": "Review of {stars} out of 5 stars, {word}.",
    "max_tokens": 24,
    "temperature": 1.0,
    "top_p": 0.9,
}


def load(folder, kind="llama", **config):
    tiny_causal(folder, kind)
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():  # wilder than at birth, so that prompts matter and texts differ
        for parameter in model.parameters():
            parameter.mul_(4)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return ReviewGenerator(model.eval(), tokenizer, SimpleNamespace(label="tiny"), CONFIG | config, CPU)


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def writer(request, tmp_path_factory):
    return load(tmp_path_factory.mktemp(request.param), request.param)


def samples(writer, stars=4, n=6, seed=7, **arguments):
    return [one for group in writer.stream(stars, n, seed, **arguments) for one in group]


END_ID = 0  # of <end> in the tiny tokenizer


class Recorder:
    """Stands before a model and keeps the shape of what it was given."""

    def __init__(self, model, script=None):
        self.model, self.config, self.script, self.calls = model, model.config, script, []
        self.forward = model.forward

    def __call__(self, **arguments):
        self.calls.append(arguments["input_ids"])
        output = self.model(**arguments)
        if self.script:
            output.logits = self.script(len(self.calls), output.logits)
        return output


def end_rows(ends):
    """A script that lets texts end when `ends` says so: for a step, which rows of the batch."""

    def script(step, logits):
        logits[..., END_ID] = -1000.0
        for row in ends.get(step, ()):
            logits[row, ..., END_ID] = 1000.0
        return logits

    return script


def scripted(writer, script):
    recorder = Recorder(writer.model, script)
    other = ReviewGenerator(recorder, writer.tokenizer, writer.source, CONFIG, CPU)
    return other, recorder


def test_the_same_seed_gives_the_same_samples_whatever_else_draws(writer):
    first = samples(writer)
    torch.manual_seed(1)
    other = writer.stream(1, 3, 99)
    next(other)
    mixed = samples(writer)
    assert first == mixed
    assert samples(writer, seed=8) != first


def test_there_are_n_samples_within_their_length(writer):
    found = samples(writer, n=9, max_tokens=11)
    assert len(found) == 9
    assert all(1 <= one.tokens <= 11 for one in found)
    assert all(one.finished or one.tokens == 11 for one in found)
    assert all(END not in one.text for one in found)


def test_a_finished_text_leaves_the_batch_and_is_given_at_once(writer):
    other, recorder = scripted(writer, end_rows({2: [1], 3: [0, 2]}))
    groups = list(other.stream(4, 4, 7, max_tokens=5))
    assert [[(one.finished, one.tokens) for one in group] for group in groups] == [
        [(True, 2)],
        [(True, 3), (True, 3)],
        [(False, 5)],
    ]
    assert [len(ids) for ids in recorder.calls] == [1, 4, 3, 1, 1]


def test_a_kind_is_a_word_of_the_prompts_and_guidance_keeps_it(writer):
    kindly = {"prefix": "A {kind} review of {stars}.", "bare_prefix": "A {kind} review.", "kind": "book"}
    recorder = Recorder(writer.model)
    other = ReviewGenerator(recorder, writer.tokenizer, writer.source, CONFIG | kindly, CPU)
    for kind in ("hotel", None):
        list(other.stream(2, 1, 7, max_tokens=1, guidance=2.0, kind=kind))
    prompts = [writer.tokenizer.decode(ids[0]) for ids in recorder.calls]
    assert prompts == ["A hotel review of 2.", "A hotel review.", "A book review of 2.", "A book review."]


def test_a_generator_without_kinds_takes_none(writer):
    with pytest.raises(RevdemoError, match="tiny has not learned kinds of reviews"):
        writer.stream(2, 1, 7, kind="hotel")


def test_who_leaves_changes_nothing_for_who_stays(writer):
    alone, _ = scripted(writer, end_rows({}))
    leaving, _ = scripted(writer, end_rows({2: [0], 4: [1, 3]}))
    texts = [one.text for one in samples(alone, n=5, max_tokens=8)]
    stayed = [one.text for one in samples(leaving, n=5, max_tokens=8) if not one.finished]
    assert sorted(stayed) == sorted(
        [texts[2], texts[4]]
    )  # who had the last seat takes the first one that is free


def test_the_cache_predicts_what_a_whole_pass_predicts(writer):
    """At the lowest temperature a text is what the model, run without a cache, likes best."""
    text = samples(writer, n=1, temperature=0.05, top_p=0.01, max_tokens=12)[0]
    prompt = writer.tokenizer("Review of 4 out of 5 stars, good.")["input_ids"]
    ids = list(prompt)
    with torch.no_grad():
        while len(ids) < len(prompt) + text.tokens:
            ids.append(int(writer.model(torch.tensor([ids])).logits[0, -1].argmax()))
    assert text.text == writer.tokenizer.decode(ids[len(prompt) :], skip_special_tokens=True).strip()


@pytest.mark.parametrize(("guidance", "guided"), [(0.0, 64), (1.0, 64), (3.0, 64), (3.0, 1), (3.0, 4)])
def test_guidance_moves_from_the_bare_prefix_to_the_stars(writer, guidance, guided):
    """Both prompts share a batch with padding: each step must equal two passes of their own."""
    found = samples(
        writer, n=2, temperature=0.05, top_p=0.01, max_tokens=10, guidance=guidance, guided_tokens=guided
    )[0]
    asked = writer.tokenizer("Review of 4 out of 5 stars, good.")["input_ids"]
    bare = writer.tokenizer("Review.")["input_ids"]
    ids: list[int] = []
    with torch.no_grad():
        while len(ids) < found.tokens:
            a, b = (
                writer.model(torch.tensor([p + ids])).logits[0, -1].log_softmax(-1) for p in (asked, bare)
            )
            ids.append(int((b + guidance * (a - b) if len(ids) < guided else a).argmax()))
    assert found.text == writer.tokenizer.decode(ids, skip_special_tokens=True).strip()


@pytest.mark.parametrize("quantized", [False, True])
def test_the_decoder_computes_what_transformers_does(tmp_path, quantized):
    """Texts of different lengths, one of which took the seat of another."""
    writer = load(tmp_path)
    if quantized:
        quantize(writer.model, SimpleNamespace(quantize="int8"), CPU)
    prompt, wide = writer.tokenizer("Review of 4.")["input_ids"], Sampling(temperature=2, top_p=1)
    batch = Batch(writer.model, [prompt], 3, 7, 60, wide, CPU)
    assert batch.decoder is not None
    batch.begin([0, 1], -1)
    for _ in range(20):
        batch.step(-1)
    batch.drop([batch.texts[0]])
    batch.begin([2, 3], -1)
    for _ in range(3):
        batch.step(-1)
    batch.seats.begin(CPU)
    with torch.inference_mode():
        found = batch.decoder.step(torch.tensor([text.tokens[-1] for text in batch.texts]), batch.seats)
        for row, text in zip(found, batch.texts, strict=True):
            wanted = writer.model(torch.tensor([prompt + text.tokens])).logits[0, -1]
            assert (row.softmax(-1) - wanted.softmax(-1)).abs().sum() < (0.05 if quantized else 1e-4)


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_the_likelihood_of_a_sample_is_that_of_its_tokens_without_guidance(writer, guidance):
    asks = ["Review of 4 out of 5 stars, good.", "Review."][: 1 if guidance == 1 else 2]
    prompts = [writer.tokenizer(ask)["input_ids"] for ask in asks]
    batch = Batch(writer.model, prompts, 3, 7, 8, Sampling(guidance=guidance), CPU, likelihood=True)
    texts = batch.begin([0, 1, 2], writer.end)
    while batch.texts:
        texts += batch.step(writer.end)
    for text, nats in ((text.tokens, text.nats) for text in texts):
        ids = prompts[0] + [token for token in text if token != END_ID]
        logs = writer.model(torch.tensor([ids])).logits[0].log_softmax(-1)
        wanted = -sum(float(logs[i - 1, ids[i]]) for i in range(len(prompts[0]), len(ids)))
        assert nats == pytest.approx(wanted, rel=1e-3)


def test_the_likelihood_is_told_where_it_is_wanted_and_changes_no_text(writer):
    plain, scored = samples(writer), samples(writer, likelihood=True)
    assert [one.text for one in plain] == [one.text for one in scored]
    assert all(one.nats is None for one in plain) and all(one.nats > 0 for one in scored)


@pytest.mark.parametrize(("guidance", "guided"), [(1.0, 64), (2.0, 64), (2.0, 5)])
def test_a_text_is_the_same_whoever_sits_beside_it(writer, guidance, guided):
    """Its number decides: how many others there are, and when it gets its seat, does not."""
    asked = {"max_tokens": 20, "guidance": guidance, "guided_tokens": guided}
    together = samples(writer, n=12, **asked)
    few_seats = samples(writer, n=12, seats=3, **asked)
    alone = samples(writer, n=1, seats=1, **asked)
    assert sorted(one.text for one in together) == sorted(one.text for one in few_seats)
    assert alone[0].text in [one.text for one in together]


def test_a_seat_that_is_free_goes_to_the_next_text_while_more_are_wanted(writer):
    other, recorder = scripted(writer, end_rows({2: [0], 3: [1], 4: [0]}))
    found = list(other.stream(4, 9, 7, seats=2, max_tokens=6, more=lambda begun: begun < 4))
    assert [len(ids) for ids in recorder.calls] == [1, 2, 2, 2, 1, 1, 1, 1]
    assert sorted(one.tokens for group in found for one in group) == [2, 2, 4, 6]


def test_a_text_with_a_flaw_ends_early_and_says_why(writer):
    seen = []

    def flaw(text):
        seen.append(text)
        return "states score" if len(seen) == 2 else ""

    other, _ = scripted(writer, end_rows({}))
    found = samples(other, n=3, max_tokens=20, flaw=flaw)
    given_up = [one for one in found if one.flaw]
    assert [(one.flaw, one.finished, one.tokens) for one in given_up] == [("states score", False, 9)]
    assert given_up[0].text == seen[1]
    assert [one.tokens for one in found if not one.flaw] == [20, 20]


def test_with_a_pulse_groups_come_only_then(writer):
    groups = list(writer.stream(4, 6, 7, max_tokens=12, pulse=4))
    assert len(groups) == 3
    assert sum(map(len, groups)) == 6


def test_who_waits_for_verdicts_hears_of_every_text_before_the_next_begin(writer):
    heard = 0

    def more(begun):  # two in the air at a time: all of them end at the same step, off the pulse
        return begun < heard + 2

    for group in writer.stream(4, 6, 7, max_tokens=6, pulse=4, seats=2, more=more):
        heard += len(group)
    assert heard == 6


def test_finished_texts_leave_both_halves_under_guidance(writer):
    other, recorder = scripted(writer, end_rows({3: [2, 3]}))
    list(other.stream(4, 3, 7, max_tokens=4, guidance=2.0))
    assert [len(ids) for ids in recorder.calls] == [1, 1, 6, 4, 4]


def test_an_opening_begins_every_text_and_counts_towards_its_length(writer):
    opening = "Every scene is lit"
    found = samples(writer, opening=opening, max_tokens=20)
    room = 20 - len(writer.tokenizer(" " + opening)["input_ids"])
    assert all(one.text.startswith(opening) for one in found)
    assert max(one.tokens for one in found) <= room


def test_a_prompt_does_not_end_with_a_space(writer):
    _, recorder = both = scripted(writer, None)
    for opening in ("", " Slow, but 😊 "):
        list(both[0].stream(2, 1, 7, max_tokens=16, opening=opening))
    prompts = [writer.tokenizer.decode(ids[0]) for ids in recorder.calls if ids.shape[1] > 1]
    assert prompts == ["Review of 2 out of 5 stars, bad.", "Review of 2 out of 5 stars, bad. Slow, but"]


def test_stop_stops_before_the_next_token(writer):
    other, recorder = scripted(writer, end_rows({2: [0]}))
    stream = other.stream(4, 3, 7, should_stop=lambda: len(recorder.calls) >= 3)
    assert [one.tokens for group in stream for one in group] == [2]
    assert len(recorder.calls) == 3


def test_sample_gives_cleaned_texts(writer):
    texts = writer.sample(stars=4, n=3, seed=7)
    assert texts == [clean(one.text) for one in samples(writer, n=3)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stars": 6}, "Stars are 1, 2, 3, 4 or 5, not 6"),
        ({"n": 0}, "at least 1"),
        ({"temperature": 0.0}, "temperature is 0.0"),
        ({"top_p": 1.5}, "top_p is 1.5"),
        ({"min_p": 1.5}, "min_p is 1.5"),
        ({"guidance": 11.0}, "guidance is 11.0"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"max_tokens": 200}, "room for 128"),
        (
            {"opening": "Every scene is lit like a dream and cut like a nightmare. " * 2},
            "opening is .* tokens long",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_bad_requests_are_refused_before_anything_runs(writer, arguments, message):
    with pytest.raises(RevdemoError, match=message):
        writer.stream(**({"stars": 4, "n": 2, "seed": 7} | arguments))


def test_the_settings_name_the_generator(settings, tmp_path):
    tiny_causal(tmp_path / "named")
    config = {"prefix": "Review of {stars}.", "max_tokens": 9, "top_p": 0.5, "base": "somewhere"}
    (tmp_path / "named" / "revdemo.json").write_text(json.dumps(config))
    named = settings.model_copy(update={"generator": str(tmp_path / "named"), "quantize": "int8"})
    writer = load_generator(named)
    assert (writer.template, writer.defaults.max_tokens, writer.defaults.top_p) == (
        "Review of {stars}.",
        9,
        0.5,
    )
    assert any(isinstance(layer, Int8Linear) for layer in writer.model.modules())
    assert len(writer.sample(stars=3, n=2, seed=1)) == 2


def test_an_unknown_end_token_is_refused(tmp_path):
    with pytest.raises(RevdemoError, match="tiny has no token '<stop>'"):
        load(tmp_path, end_token="<stop>")


@pytest.mark.parametrize(("stretch", "floors"), [(8, ()), (128, (0.1, 1e-3)), (7, (1e-3, 1e-6))])
@pytest.mark.parametrize("min_p", [0.0, 0.02, 0.3])
@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 0.9), (0.7, 0.5), (1.3, 1.0), (0.5, 0.05)])
def test_draws_follow_the_warpers_of_transformers(monkeypatch, temperature, top_p, min_p, stretch, floors):
    """Numbers spread evenly over [0, 1) hit each token as often as transformers' own warpers say."""
    monkeypatch.setattr("revdemo.models.sampling.drawing.STRETCH", stretch)
    monkeypatch.setattr("revdemo.models.sampling.drawing.FLOORS", floors)
    logits = torch.randn(1, 64, generator=torch.Generator().manual_seed(3)) * 2
    warped = TopPLogitsWarper(top_p)(None, TemperatureLogitsWarper(temperature)(None, logits))
    if min_p:
        warped = MinPLogitsWarper(min_p)(None, warped)
    count = 20_000
    draws = (torch.arange(count) + 0.5) / count
    asked = Sampling(temperature=temperature, top_p=top_p, min_p=min_p)
    tokens = drawing.draw(logits.expand(count, -1), draws, asked)
    found = torch.bincount(tokens, minlength=64) / count
    assert found.tolist() == pytest.approx(warped.softmax(-1)[0].tolist(), abs=2 / count)


@pytest.mark.parametrize(
    "asked", [{}, {"top_p": 1.0}, {"min_p": 0.02}, {"min_p": 0.02, "top_p": 1.0}], ids=str
)
def test_what_a_row_draws_depends_on_no_other_row(asked):
    """Flat rows have thousands of candidates and peaked ones a few; together they draw as they do alone."""
    noise = torch.randn(12, 5000, generator=torch.Generator().manual_seed(5))
    logits = noise * torch.tensor([0.1, 1.0, 3.0, 9.0]).repeat(3)[:, None]
    draws = torch.rand(12, generator=torch.Generator().manual_seed(6))
    together = drawing.draw(logits, draws, Sampling(**asked))
    alone = [drawing.draw(logits[i : i + 1], draws[i : i + 1], Sampling(**asked)) for i in range(12)]
    assert together.tolist() == torch.cat(alone).tolist()


def test_the_likeliest_token_is_left_where_min_p_is_all(writer):
    sure = samples(writer, n=1, temperature=0.05, top_p=0.01, max_tokens=8)
    assert samples(writer, n=1, min_p=1.0, top_p=1.0, max_tokens=8) == sure
