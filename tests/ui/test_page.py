"""What the page is made of, without a browser; and its two endpoints through gradio_client."""

import gc
import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio_client import Client

from revdemo.errors import RevdemoError
from revdemo.generation.request import Request, Review, Run
from revdemo.models.weights import registry
from revdemo.settings import Settings
from revdemo.ui import locale
from revdemo.ui.classify import tab as classify
from revdemo.ui.classify.text_checks import check_text, looks_english, notes
from revdemo.ui.errors import explain
from revdemo.ui.generate import run_view, runs
from revdemo.ui.generate.form import capped
from revdemo.ui.metrics import model_status
from revdemo.ui.page import build, launch_options
from revdemo.ui.parts import html
from revdemo.ui.parts.owner import known_owner, new_owner
from revdemo.ui.services import models
from revdemo.ui.services.jobs import Ticket, Tickets
from revdemo.ui.services.models import Loading
from tests.support.chromium import free_port
from tests.support.fakes_ui import SlowGenerator, WordClassifier, WordPolarity, services

ROOT = Path(__file__).parents[2]


def review(text="A film.", predicted=4, accepted=True, reason="", **fields) -> Review:
    shares = tuple(0.6 if star == predicted else 0.1 for star in range(1, 6))
    return Review(1, 1, text, 4, predicted, 0.6, shares, accepted, reason, **fields)


# --- texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("The acting is great, and I would watch it again.", True),
        ("Great!", True),
        ("Meh 🙂", True),
        ("Brilliant cast, clever script, great score, stunning pictures.", True),
        ("Der Film war leider viel zu lang und die Schauspieler haben mich nicht überzeugt.", False),
        ("Un film magnifique, les acteurs sont formidables du début jusqu'à la fin.", False),
        ("Una película aburrida que no recomiendo a nadie, los actores están fatal.", False),
        ("Отличный фильм, очень понравилось.", False),
        ("とても面白い映画でした。", False),
        ("فيلم رائع", False),
    ],
)
def test_a_text_that_is_not_english_is_noticed(text, english):
    assert looks_english(text) is english
    assert (locale.NOTE_ENGLISH in notes(text, truncated=False)) is not english


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Write or paste"),
        ("  \n ", "Write or paste"),
        ("😀😀 🎬", "no words"),
        ("<br/>", "no words"),
        ("10/10", "no words"),
        ("x" * 101, "101 characters and the limit is 100"),
    ],
)
def test_a_text_no_model_can_judge_is_refused(text, message):
    with pytest.raises(RevdemoError, match=message):
        check_text(text, limit=100)


@pytest.mark.parametrize(
    ("text", "truncated", "expected"),
    [
        ("Great", False, [locale.NOTE_SHORT]),
        ("A fine and gentle film", True, [locale.NOTE_TRUNCATED]),
        ("A fine and gentle film", False, []),
    ],
)
def test_what_to_keep_in_mind(text, truncated, expected):
    assert notes(text, truncated) == expected


def test_ten_thousand_words_are_answered_with_a_note(settings):
    found = classify.answer(services(settings), "It was long. " * 3334)
    assert found["truncated"] and locale.NOTE_TRUNCATED in found["notes"]


# --- HTML -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "${alert(1)}", "{{value}}", "\"'><b>"])
def test_what_a_model_wrote_is_escaped(text):
    shown = html.review(text, 4, 0.6)
    assert text not in shown
    assert not {"<script", "${", "{{", "<b>"} & {
        part for part in ("<script", "${", "{{", "<b>") if part in shown
    }


def test_stars_are_read_aloud():
    assert 'role="img" aria-label="predicted 2 of 5 stars"' in html.stars(2, "predicted")
    assert html.stars(2).count("★") == 5


@pytest.mark.parametrize(
    ("share", "shown"), [(0, "0%"), (0.004, "<1%"), (0.615, "62%"), (0.999, ">99%"), (1, "100%")]
)
def test_per_cent_never_rounds_to_a_certainty(share, shown):
    assert html.percent(share) == shown


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.95, "very sure"), (0.7, "fairly sure"), (0.5, "not sure"), (0.25, "little better than a guess")],
)
def test_how_sure_in_words(confidence, words):
    assert html.sureness(confidence) == words


def test_every_reason_and_ending_of_the_loop_has_words():
    from revdemo.generation.request import ENDS, REASONS

    assert set(locale.REASONS) == set(REASONS)
    assert {*ENDS, "running", "interrupted"} == set(locale.ENDINGS) == set(locale.RUN_STATES)


def test_a_rejected_card_says_why_and_that_it_is_synthetic():
    shown = html.review("Too alike.", 5, 0.8, "near duplicate")
    assert "nearly the same as another one" in shown and "synthetic" in shown


def test_a_text_without_words_has_a_card_too():
    assert "no words" in html.review("", None, None, "empty")


def test_without_an_accepted_review_the_nearest_misses_are_shown_and_said_to_be_so():
    misses = [review("A miss.", 2, False, "stars"), review("A nearer miss.", 3, False, "stars")]
    run = Run("id", Request(stars=4), {}, [], misses, "rounds")
    shown = run_view.of_run(run, "rounds")
    assert locale.NEAREST in shown.accepted
    assert shown.accepted.index("A nearer miss.") < shown.accepted.index("A miss.")
    assert "the maximum number of rounds was reached" in shown.summary


def test_a_long_run_shows_the_newest_and_counts_the_rest():
    many = [replace(review(f"Film {number}."), index=number) for number in range(1, 101)]
    shown = run_view.of_run(Run("id", Request(stars=4, accepted=100), {}, many), "target")
    assert "Film 100." in shown.accepted and "Film 1." not in shown.accepted
    assert "and 40 earlier ones" in shown.accepted


# --- models ---------------------------------------------------------------------------------------


def test_no_model_is_loaded_by_building_the_page(settings):
    loaded = []
    loaders = dict.fromkeys(("load_stars", "load_generator", "load_polarity"), loaded.append)
    build(services(settings, **loaders))
    assert not loaded


def test_importing_the_app_neither_loads_a_model_nor_imports_torch():
    code = (
        "import sys, app; print(app.demo is not None, 'torch' in sys.modules, 'transformers' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "False", "False"]


@pytest.mark.parametrize(
    ("error", "public", "said", "unsaid"),
    [
        (RevdemoError("There is no stars model: train one."), True, "train one", "RevdemoError"),
        (KeyError("secret/path"), False, "secret/path", ""),
        (KeyError("secret/path"), True, "log of the app", "secret/path"),
    ],
)
def test_a_model_that_does_not_load_says_why(settings, error, public, said, unsaid):
    def fail(_):
        raise error

    loading = Loading("stars", fail, settings.model_copy(update={"public": public}))
    loading.run()
    with pytest.raises(RevdemoError, match=said) as raised:
        loading.get()
    assert not unsaid or unsaid not in str(raised.value)


def test_the_state_of_the_models_is_shown_as_it_changes(settings):
    def fail(_):
        raise RevdemoError("The weights are damaged.")

    held = services(settings, load_generator=fail)
    assert model_status.render(held).count("not loaded yet") == 2
    assert "Models: loading, 0 of 2 ready" in model_status.render(held)
    held._load_all()
    shown = model_status.render(held)
    assert "Models: the generator did not load" in shown
    assert "fake stars" in shown and "on CPU" in shown and "The weights are damaged." in shown


def test_a_warning_of_a_model_is_shown(settings):
    classifier = WordClassifier()
    vars(classifier.source).update(label="named stars", warning="Another <base>.")
    held = services(settings, load_stars=lambda _: classifier)
    held._load_all()
    assert "Another &lt;base&gt;." in model_status.render(held)


def test_ready_models_are_one_quiet_line_that_opens_to_each(settings):
    held = services(settings)
    held._load_all()
    shown = model_status.render(held)
    line, _, chips = shown.partition("</summary>")
    assert "CPU · ready" in line and "fake stars" not in line and "fake stars" in chips


@pytest.mark.parametrize(("device", "name"), [("cpu", "CPU"), ("cuda", "GPU"), ("cuda:1", "GPU 1")])
def test_devices_have_names_for_people(device, name):
    assert model_status.device_name(device) == name


def test_models_are_loaded_once_however_often_they_are_asked_for(settings):
    loaded = []
    held = services(settings, load_stars=lambda _: loaded.append(1) or WordClassifier())
    for _ in range(3):
        held.start()
    assert held.wait(held.stars) is held.wait(held.stars)
    assert loaded == [1]


# --- polarity -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said", "contradicts"),
    [
        ("A fine film, number 5.", "positive", False),
        ("A negative film, number 1.", "negative", False),
        ("A neutral film, number 5.", "neutral", False),
        ("A film of praise, number 3.", "positive", False),
        ("A film of praise, number 2.", "positive", True),
        ("A negative film, number 4.", "negative", True),
    ],
)
def test_the_polarity_stands_beside_the_stars_and_a_contradiction_is_noted(settings, text, said, contradicts):
    shown, *_ = classify._judge(services(settings, load_polarity=lambda _: WordPolarity()), text)
    assert f"Polarity: <strong>{said}</strong>, probability of positive" in shown
    assert ("The two models disagree" in shown) is contradicts


def test_without_a_polarity_classifier_the_page_leaves_it_out_and_shows_no_error(settings):
    held = services(settings)
    shown, *_ = classify._judge(held, "A fine film, number 5.")
    assert "5 stars" in shown and "Polarity" not in shown
    held.generator.wait(5)
    assert "Polarity" not in model_status.render(held) and held.settled
    with pytest.raises(RevdemoError, match="no polarity classifier"):
        classify.polarity_answer(held, "A fine film.")


def test_a_broken_polarity_classifier_is_shown_and_the_stars_still_are(settings):
    def fail(_):
        raise RevdemoError("The weights are damaged.")

    held = services(settings, load_polarity=fail)
    shown, *_ = classify._judge(held, "A fine film, number 5.")
    assert "5 stars" in shown and "Polarity" not in shown
    assert "The weights are damaged." in model_status.render(held)


def test_the_polarity_classifier_is_loaded_only_where_there_is_one(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    assert models.load_polarity(settings) is None
    with pytest.raises(RevdemoError, match="no such folder"):
        models.load_polarity(settings.model_copy(update={"polarity_model": "no such folder"}))


# --- runs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", ["", None, "short", 7, "x" * 31 + "'", "a" * 33])
def test_an_owner_id_that_is_none_of_ours_is_nobody(settings, owner):
    held = services(settings)
    held.ledger.start(Request(stars=4), "", {})  # such as the command line writes
    assert known_owner(owner) is None
    radio, *shown = runs.latest(held, known_owner(owner), "")
    assert radio.choices == [] and shown[1] == ""


def test_a_run_opens_for_its_owner_alone(settings, tmp_path):
    held, owner = services(settings), new_owner()
    run_id = held.ledger.start(Request(stars=4), owner, {"generator": {"label": "g", "revision": "1"}})
    held.ledger.add(run_id, [review()])
    summary, *_ = runs.opened(held, owner, run_id, tmp_path)
    assert "1 of 20 accepted" in summary
    with pytest.raises(RevdemoError, match="not one of yours"):
        runs.opened(held, new_owner(), run_id, tmp_path)


def test_leaving_the_page_stops_what_was_asked_there_and_nothing_else():
    tickets = Tickets()
    mine, other = (Ticket(Request(stars=4), "owner", session=session) for session in ("mine", "other"))
    keys = [tickets.add(mine), tickets.add(other)]
    tickets.leave("mine")
    assert (mine.stop.is_set(), other.stop.is_set()) == (True, False)
    assert [tickets.get(key) for key in keys] == [None, other]


@pytest.mark.parametrize(("field", "value"), [("accepted", 501), ("rounds", 51)])
def test_a_request_above_what_this_app_allows_is_refused(settings, field, value):
    with pytest.raises(RevdemoError, match=f"{field} is {value}"):
        capped(settings, stars=4, **{field: value})


def test_the_deadline_of_the_app_holds_for_every_run(settings):
    assert capped(settings.model_copy(update={"deadline": 9.0}), stars=4).deadline == 9


# --- errors and launch ----------------------------------------------------------------------------


def test_a_visitor_is_told_of_a_mistake_but_not_of_a_bug(caplog):
    assert explain(RevdemoError("Shorten it.")) == "Shorten it."
    assert explain(ZeroDivisionError("x / 0 in /home/me")) == locale.UNEXPECTED_ERROR
    assert "x / 0" in caplog.text


def test_the_door_to_files_is_narrow(settings):
    options = launch_options(services(settings))
    assert options["allowed_paths"] == [] and options["max_file_size"]
    assert options["share"] is False and options["enable_monitoring"] is False
    assert options["show_error"] is True
    assert launch_options(services(settings.model_copy(update={"public": True})))["show_error"] is False


def test_the_visitors_of_weeks_do_not_fill_the_memory(settings):
    held = services(settings.model_copy(update={"sessions": 20}))
    page = build(held)
    options = launch_options(held) | {
        "server_port": free_port(),
        "prevent_thread_lock": True,
        "quiet": True,
    }
    page.launch(**options)
    try:
        most = options["state_session_capacity"]
        assert most == 140, "open pages, programs, and what is not known yet"
        for number in range(most + 3):
            page.state_holder[f"visitor {number}"]
        kept = page.state_holder.session_data
        assert len(kept) == most and "visitor 2" not in kept and f"visitor {most + 2}" in kept
    finally:
        page.close()


def test_examples_are_of_every_kind():
    labels = [example["label"] for example in json.loads(classify.EXAMPLES.read_text(encoding="utf-8"))]
    assert labels[:5] == ["Clear praise", "Clear dislike", "Mixed", "Negated", "Ironic"]
    assert {label.partition(", ")[2] for label in labels[5:]} == {"praise", "dislike", "so-so", "ironic"}


# --- the API --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page with its services, and a client for it."""
    folder = tmp_path_factory.mktemp("api")
    settings = Settings(data_dir=folder, cache=folder)
    held = services(
        settings,
        load_generator=lambda _: SlowGenerator(pause=0.002),
        load_polarity=lambda _: WordPolarity(),
    )
    demo = build(held)
    options = launch_options(held) | {"server_port": None}
    _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True, **options)
    yield SimpleNamespace(services=held, client=Client(address, verbose=False))
    demo.close(verbose=False)


def test_the_public_endpoints_are_four_and_describe_themselves(page):
    found = page.client.view_api(return_format="dict")
    assert set(found["named_endpoints"]) == {"/predict", "/explain", "/predict_polarity", "/generate"}
    assert not found["unnamed_endpoints"]
    names = [one["parameter_name"] for one in found["named_endpoints"]["/generate"]["parameters"]]
    assert names[:3] == ["stars", "accepted", "rounds"] and "request" not in names


def test_predict_answers_with_plain_data(page):
    found = page.client.predict("A film worth its length, number 5.", api_name="/predict")
    assert found["label"] == 5
    assert found["confidence"] == max(found["probabilities"])
    assert sum(found["probabilities"]) == pytest.approx(1)
    assert 1 <= found["expected"] <= 5


def test_predict_polarity_answers_with_plain_data(page):
    found = page.client.predict("A neutral sort of kettle.", api_name="/predict_polarity")
    assert found == {"polarity": "neutral", "probability": 0.5, "truncated": False, "notes": []}


@pytest.mark.parametrize("endpoint", ["/predict", "/predict_polarity"])
@pytest.mark.parametrize(("text", "said"), [("", "Write or paste"), ("😀", "no words")])
def test_predict_refuses_with_a_sentence(page, endpoint, text, said):
    with pytest.raises(Exception, match=said):
        page.client.predict(text, api_name=endpoint)


def test_generate_streams_and_ends_with_the_whole_run(page):
    job = page.client.submit(stars=2, accepted=6, seed=7, api_name="/generate")
    last = job.result(timeout=30)
    assert len(job.outputs()) > 1
    assert (last["ended"], last["seed"]) == ("target", 7)
    assert [one["predicted"] for one in last["accepted"]] == [2] * 6
    assert all(one["synthetic"] for one in last["accepted"] + last["rejected"])
    assert {one["reason"] for one in last["rejected"]} == {"stars"}


@pytest.mark.parametrize(
    ("fields", "said"), [({"stars": 6}, "stars is 6"), ({"stars": 4, "accepted": 501}, "limit here is 500")]
)
def test_generate_refuses_with_a_sentence(page, fields, said):
    with pytest.raises(Exception, match=said):
        page.client.predict(**fields, api_name="/generate")


def test_a_cancelled_job_stops_the_generator(page):
    generator = page.services.wait(page.services.generator)
    generator.pause = 0.1
    try:
        job = page.client.submit(stars=4, accepted=400, api_name="/generate")
        while not job.outputs():
            time.sleep(0.02)
        job.cancel()
        time.sleep(1)
        written = generator.written
        time.sleep(0.5)
        assert generator.written == written
    finally:
        generator.pause = 0.002


def test_a_request_before_the_models_are_ready_waits_for_them(settings):
    ready = threading.Event()
    held = services(settings, load_stars=lambda _: ready.wait(5) and WordClassifier())
    threading.Timer(0.2, ready.set).start()
    assert classify.answer(held, "A patient film, number 3.")["label"] == 3


def test_what_uses_a_model_for_a_moment_does_not_wait_for_what_does_so_for_long(settings):
    demo = build(services(settings))
    lines = {}
    for fn in demo.fns.values():
        lines.setdefault(fn.concurrency_id, []).append(fn.name)
    doors = ["predict", "predict_polarity"]  # the API
    classify = ["follow", "open_with", "show"]  # What would it take?, the example, Predict
    # Generate (a run, five at a glance); of a table: Predict, Balance (a sample, a fill), Is it worth it?
    runs = ["_stream"] * 6
    assert sorted(lines["model"]) == sorted([*doors, *classify])
    assert (sorted(lines["explain"]), lines["measure"]) == (
        ["_explain", "explain", "show"],  # a row of a table, the API, Classify
        ["_measure"],
    )
    assert sorted(lines["work"]) == sorted(["generate", *runs])
    assert isinstance(demo, gr.Blocks) and demo._queue.max_size == settings.queue_size


def test_garbage_is_collected_again_once_the_models_are_there(settings):
    held = services(settings)
    gc.disable()
    try:
        held._load_all()
        assert gc.isenabled() and gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()
