"""End to end on the starter models, the network cut: the app as `make demo` starts it, and other doors."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pandas as pd
import psutil
import pytest

import revdemo
from revdemo.generation.ledger import Ledger
from revdemo.models.weights import registry
from revdemo.settings import Settings
from revdemo.ui.classify import opening
from tests.support.chromium import free_port

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[1]
PRAISE = "Wonderful from the first minute to the last. The cast is superb and I will watch it again tomorrow."
DISLIKE = "A dreadful waste of two hours. Wooden acting, no plot, and the worst ending I have ever seen."
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9"),
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    """Settings with a ledger of their own and the user's cache, where the converted base may be already."""
    return Settings(data_dir=tmp_path_factory.mktemp("starter"), device="cpu")


class App:
    """The app in a process of its own, with its output in a file."""

    def __init__(self, folder: Path, port: int):
        self.address, self.log = f"http://127.0.0.1:{port}/", folder / "app.log"
        environment = os.environ | OFFLINE | {"REVDEMO_DATA_DIR": str(folder), "REVDEMO_PORT": str(port)}
        self.began = time.monotonic()
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def wait_until_up(self, seconds: float = 240) -> float:
        """Processor seconds that the app took until the page answered; those of a clock are the machine's."""
        while time.monotonic() - self.began < seconds:
            try:
                urllib.request.urlopen(self.address, timeout=60).close()
                used = psutil.Process(self.process.pid).cpu_times()
                return used.user + used.system
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"no page after {seconds} s:\n{self.log.read_text()}")

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(60)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    running = App(tmp_path_factory.mktemp("app"), free_port())
    running.up_with = running.wait_until_up()
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture(scope="module")
def client(app):
    from gradio_client import Client

    return Client(app.address, verbose=False)


def test_the_page_is_up_after_few_seconds_of_the_processor(app):
    assert 0 < app.up_with < 20  # 4 of its own; while nobody comes the models begin to load


@pytest.mark.parametrize(("text", "stars"), [(PRAISE, {4, 5}), (DISLIKE, {1, 2})])
def test_the_endpoint_predicts(client, text, stars):
    found = client.predict(text, api_name="/predict")
    assert found["label"] in stars
    assert sum(found["probabilities"]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("text", "polarity"), [(PRAISE, "positive"), (DISLIKE, "negative")])
def test_the_endpoint_predicts_polarity(client, text, polarity):
    assert client.predict(text, api_name="/predict_polarity")["polarity"] == polarity


def test_the_hand_typed_reviews_come_out_as_the_report_says(starter):
    """But for the third, which is neither, and which the report called positive."""
    folder = os.environ.get("REVDEMO_DATA")
    if not folder:
        pytest.skip("REVDEMO_DATA does not name the folder of the hand-typed reviews")
    table = pd.read_csv(Path(folder) / "hand_typed.csv")
    found = [one.polarity for one in revdemo.load_polarity(starter).predict(table["text"].tolist())]
    says = table["report_says"].tolist()
    assert found.pop(2) == "neutral" and says.pop(2) == "positive"
    assert found == says


def test_the_answer_that_a_first_start_shows_is_that_of_the_starter(starter):
    text = json.loads((ROOT / "assets/opening.json").read_text())["text"]
    shown = opening.recall(starter.model_copy(update={"cache": starter.data_dir}), text)
    assert shown, f"run the app once, and copy {opening.FILE} from its cache to assets/"
    [found] = revdemo.load_stars(starter).predict([text])
    assert shown.label == found.stars and shown.probabilities == pytest.approx(found.probabilities, abs=0.03)


@pytest.mark.parametrize(
    "text",
    ["Great", "Una película maravillosa, con un reparto excelente.", "word " * 10_000, "Great 😀 <b>fun</b>"],
    ids=["one word", "another language", "ten thousand words", "emojis and markup"],
)
def test_odd_texts_get_stars(client, text):
    assert client.predict(text, api_name="/predict")["label"] in range(1, 6)


@pytest.mark.parametrize("text", ["", "   ", "😀 🎬", "http://example.org"])
def test_texts_without_words_get_a_message(client, text):
    with pytest.raises(Exception, match=r"(?i)word|write"):
        client.predict(text, api_name="/predict")


def test_the_endpoint_writes_reviews_that_the_classifier_agrees_with(client):
    run = client.predict(stars=5, accepted=1, rounds=5, max_tokens=48, seed=7, api_name="/generate")
    assert run["ended"] in {"target", "rounds"}
    assert run["accepted"], run["rejected"]
    assert {one["predicted"] for one in run["accepted"]} == {5}
    assert all(one["synthetic"] and one["text"] and not one["reason"] for one in run["accepted"])
    assert all(one["reason"] for one in run["rejected"])


@pytest.mark.browser
def test_a_visitor_classifies_generates_stops_and_downloads(app, visit, tmp_path):
    page = visit(app.address)
    page.fill("#review-text textarea", PRAISE)
    page.click("#predict")
    stars = [f"#prediction [aria-label='{star} of 5 stars']" for star in (4, 5)]  # the example has fewer
    page.wait_for_selector(", ".join(stars), timeout=60_000)
    page.get_by_role("tab", name="Generate").click()
    page.locator("#stars label").nth(3).click()  # which are hard to hit, so that the run does not end first
    page.click("#generate")
    page.wait_for_selector("#accepted .rd-card", timeout=200_000)
    began = time.monotonic()
    page.click("#stop")
    page.wait_for_selector("#generate:enabled", timeout=60_000)
    assert time.monotonic() - began < 20, "long before the run's own end; two seconds where nothing else runs"
    shown = page.locator("#accepted .rd-text").all_inner_texts()
    with page.expect_download(timeout=60_000) as download:
        page.click("#get-accepted")
    download.value.save_as(tmp_path / "accepted.csv")
    assert set(shown) <= set(pd.read_csv(tmp_path / "accepted.csv")["review"])


def test_the_same_seed_writes_the_same_reviews(starter):
    writer = revdemo.load_generator(starter)
    first, again, other = (writer.sample(stars=4, n=2, seed=seed, max_tokens=12) for seed in (7, 7, 8))
    assert first == again != other


def test_the_command_line_predicts_a_table(tmp_path):
    pd.DataFrame({"id": [1, 2], "review": [PRAISE, DISLIKE]}).to_csv(tmp_path / "in.csv", index=False)
    command = [sys.executable, "-m", "revdemo", "predict", tmp_path / "in.csv", "--out", tmp_path / "out.csv"]
    subprocess.run(command, cwd=ROOT, env=os.environ | OFFLINE, check=True)
    found = pd.read_csv(tmp_path / "out.csv")
    assert found["id"].tolist() == [1, 2]
    assert found["predicted"].iloc[0] >= 4 > 2 >= found["predicted"].iloc[1]


def test_a_killed_command_leaves_its_reviews_in_the_ledger(starter, tmp_path):
    command = [
        sys.executable,
        "-m",
        "revdemo",
        "generate",
        "--stars",
        "5",
        "--accepted",
        "200",
        "--max-tokens",
        "16",
        "--round-size",
        "4",
        "--out",
        tmp_path,
    ]
    environment = os.environ | OFFLINE | {"REVDEMO_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        said = ""
        while not re.search(r"round \d+, [1-9]\d* judged", said):
            character = process.stderr.read(1)
            assert character, f"it ended before a review was judged: {said}"
            said += character
        process.kill()
    ledger = Ledger(tmp_path / "ledger.sqlite")
    [run] = ledger.runs("")
    assert run.ended == "interrupted"
    assert ledger.reviews(run.id, "")


def test_the_starters_are_small_safe_and_say_how_they_were_made():
    scripts = {
        "stars": "stars --recipe starter-taught-cpu",
        "judge": "stars --part judge",
        "polarity": "polarity",
        "generator": "generator",
    }
    for role, script in scripts.items():
        folder = ROOT / "assets" / "models" / role
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert (folder / "adapter_model.safetensors").stat().st_size <= 20_000_000
        assert not [path for path in files if path.suffix in {".bin", ".pt", ".pkl", ".parquet"}]
        made = json.loads((folder / "training.json").read_text())
        assert made["command"].startswith(f"python -m train.{script}")
        assert all(one["command"].startswith("python -m train.stars") for one in made.get("mean_of", []))
        assert [entry["loss"] for entry in made["log"] if "loss" in entry]


@pytest.mark.parametrize("name", ["stars", "stars-validation", "judge", "polarity", "generator", "generated"])
def test_the_measured_models_are_the_starters(name):
    model = json.loads((ROOT / "assets" / "metrics" / f"{name}.json").read_text())["model"]
    measured = [model] if "role" in model else [own for own in model.values() if isinstance(own, dict)]
    if name == "polarity":  # the stars beside it may be those of an earlier starter, which the file names
        measured = [own for own in measured if own["role"] == "polarity"]
    for own in measured:
        folder = ROOT / "assets" / "models" / own["role"]
        assert own["revision"] == registry.checksum(folder / "adapter_model.safetensors")
        assert own["kind"] == "starter"


def test_the_classifier_is_ahead_of_the_baseline_and_the_generator_follows_the_stars():
    stars = json.loads((ROOT / "assets" / "metrics" / "stars.json").read_text())
    assert stars["exact"]["accuracy"]["value"] > stars["baseline"]["exact"]["accuracy"]["value"]
    generated = json.loads((ROOT / "assets" / "metrics" / "generated.json").read_text())
    by_stars = generated["unfiltered"]["second_judge"]["by_stars"]
    assert by_stars["1"]["mean"]["high"] < by_stars["5"]["mean"]["low"]
