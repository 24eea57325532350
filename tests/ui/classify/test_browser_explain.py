"""Why these stars? and What would it take? in a real Chromium; skipped, with the reason, without one."""

import threading

import pytest

from revdemo.ui.classify import explain as page_why
from tests.evaluation.test_explain import star_classifier
from tests.support.chromium import WAIT, choose
from tests.support.fakes import ATTACK
from tests.support.fakes_ui import WordClassifier
from tests.support.served_page import serving

pytestmark = pytest.mark.browser

BOX = "#review-text textarea"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("why")
    tiny = star_classifier(folder / "model")
    with serving(folder / "app", load_stars=lambda _: tiny) as found:
        yield found


class Counting(WordClassifier):
    """Keeps what it was asked, and how many were asked at a time; waits until it is let go."""

    def __init__(self):
        super().__init__()
        self.asked: list[str] = []
        self.under_way = self.most = 0
        self.free = threading.Event()
        self.free.set()

    def predict(self, texts):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.free.wait(20)
        self.under_way -= 1
        self.asked += texts
        return super().predict(texts)


@pytest.fixture
def counted(tmp_path):
    classifier = Counting()
    with serving(tmp_path, load_stars=lambda _: classifier) as found:
        yield found, classifier


def predict(page, text):
    """Predict a text and wait for its own prediction, not for that of the example the page opens with."""
    before = page.wait_for_selector("#prediction .rd-prediction", timeout=WAIT)
    before.evaluate("shown => shown.classList.add('before')")
    page.fill(BOX, text)
    page.keyboard.press("Enter")
    page.wait_for_selector("#prediction .rd-prediction:not(.before)", timeout=WAIT)


def test_words_and_sentences_are_shown_when_asked_for_and_go_with_the_next_prediction(address, visit):
    page = visit(address)
    predict(page, "A dull film with a good cast. I laughed twice!")
    page.wait_for_selector("#why-start", timeout=WAIT)
    assert page.locator("#why mark").count() == 0
    page.focus("#why-start")
    page.keyboard.press("Enter")
    page.wait_for_selector("#why mark", timeout=WAIT)
    assert page.inner_text("#why .rd-marked") == "A dull film with a good cast. I laughed twice!"
    assert page.get_attribute("#why mark >> nth=0", "title").startswith("pu")
    assert page.locator("#why .rd-sentences li").count() == 2
    styles = "e => [getComputedStyle(e).borderBottomStyle, getComputedStyle(e).color]"
    shown = dict.fromkeys(page.eval_on_selector_all("#why mark", f"all => all.map({styles}).map(String)"))
    body = page.eval_on_selector("#why .rd-marked", "e => getComputedStyle(e).color")
    assert all(one.startswith(("solid", "dashed")) and one.endswith(body) for one in shown)

    predict(page, "Wonderful, warm and a little too long.")
    page.wait_for_function("!document.querySelector('#why mark')", timeout=WAIT)
    page.click("#why-start")
    page.locator("#why .rd-marked", has_text="Wonderful, warm").wait_for(timeout=WAIT)
    assert page.locator("#why .rd-sentences").count() == 0


def test_what_a_visitor_wrote_is_shown_and_not_run(address, visit):
    page = visit(address)
    predict(page, ATTACK)
    page.click("#why-start", timeout=WAIT)
    page.wait_for_selector("#why .rd-marked", timeout=WAIT)
    assert page.title() != "owned" and page.locator("#why img").count() == 0


def test_a_failure_is_told_where_the_words_would_stand(counted, visit):
    address, _ = counted  # this fake has no tokenizer to explain with
    page = visit(address)
    predict(page, "Number 3.")
    page.click("#why-start", timeout=WAIT)
    page.wait_for_selector("#why .rd-message.error", timeout=WAIT)
    assert page.is_visible("#prediction .rd-prediction")


def test_the_stars_follow_what_is_typed_after_a_pause_and_one_at_a_time(counted, visit):
    address, classifier = counted
    page = visit(address)
    predict(page, "Number 4.")
    page.fill(BOX, "Number 5.")
    page.wait_for_timeout(3 * page_why.PAUSE)
    assert classifier.asked[1:] == ["Number 4."]  # after the example; nothing follows before it is asked to

    follow = page.get_by_label("Follow the stars as I type")
    choose(follow, page.locator("#follow-stars", has_text="Now 5 stars"))
    assert "+0.6 since the prediction" in page.inner_text("#follow-stars")
    asked = len(classifier.asked)
    page.locator(BOX).press_sequentially(" No, only 2", delay=30)
    page.locator("#follow-stars", has_text="Now 2 stars").wait_for(timeout=WAIT)
    assert len(classifier.asked) <= asked + 4 and classifier.asked[-1] == "Number 5. No, only 2"

    classifier.free.clear()
    asked = len(classifier.asked)
    for number in (1, 3, 5, 1):
        page.fill(BOX, f"Number {number}.")
        page.wait_for_timeout(2 * page_why.PAUSE)
    classifier.free.set()
    page.locator("#follow-stars", has_text="Now 1 star").wait_for(timeout=WAIT)
    page.wait_for_timeout(2 * page_why.PAUSE)
    assert classifier.most == 1 and len(classifier.asked) - asked <= 2
    assert "Now 1 star" in page.inner_text("#follow-stars")
    assert "4 stars" in page.inner_text("#prediction")  # what was predicted stays

    page.fill(BOX, "")
    page.locator("#follow-stars", has_text="appear here as you type").wait_for(timeout=WAIT)
    page.get_by_label("Follow the stars as I type").uncheck()
    page.wait_for_function("!document.querySelector('#follow-stars .rd-follow')", timeout=WAIT)
