"""What a request has to pass before Gradio sees it, each refusal a sentence."""

import json
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from starlette.testclient import TestClient

from revdemo.settings import Settings
from revdemo.ui.services import events
from revdemo.ui.services.admission import Admission
from tests.support.fakes_ui import services

LIMITS = {
    "max_characters": 1000,
    "visitor_queue": 2,
    "sessions": 4,
    "visitor_sessions": 3,
    "max_upload_mb": 1,
    "visitor_uploads": 2,
}


def _generate(request: gr.Request, stars: int, accepted: int = 20, seed: int | None = None) -> None:
    """What a public endpoint looks like."""


class Behind:
    """What stands behind the middleware: it answers what it got, and has what Gradio's app has."""

    def __init__(self, folder: Path):
        self.uploaded_file_dir = str(folder)
        self.state_holder = SimpleNamespace(session_data=OrderedDict(), time_last_used={})
        box = gr.Textbox(render=False)
        predict = SimpleNamespace(api_name="predict", inputs=[box], fn=lambda text: text)
        begin = SimpleNamespace(api_name="_begin", inputs=[gr.State(render=False), box], fn=lambda *_: None)
        more = SimpleNamespace(api_name="generate", inputs=[box] * 3, fn=_generate)
        lines = {"model": SimpleNamespace(queue=[])}
        queue = SimpleNamespace(event_queue_per_concurrency_id=lines)
        fields = [
            gr.Number(1, precision=0, label="Seed", render=False),
            gr.Slider(1, 50, 10, step=1, label="Rounds", render=False),
            gr.Radio([1, 2, 3], label="Stars", render=False),
            gr.Textbox(label="Opening", render=False),
            gr.Dropdown(["film", "book"], label="Kind", render=False),
        ]
        form = SimpleNamespace(api_name="_form", inputs=fields, fn=lambda *_: None)
        fns = {0: predict, 1: begin, 2: more, 3: form}
        i18n = gr.I18n(en={"seed": "Seed"}, es={"seed": "Semilla"})
        self.blocks = SimpleNamespace(
            fns=fns, _queue=queue, state_holder=self.state_holder, i18n_instance=i18n
        )
        self.waiting, self.got = lines["model"].queue, []

    def get_blocks(self):
        return self.blocks

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.got.append((scope["path"], body))
        answer = b"{}"
        if session := body.startswith(b"{") and json.loads(body).get("session_hash"):
            self.state_holder.session_data.setdefault(session, {})
        elif "/call/" in scope["path"] and scope["method"] == "POST":
            event = f"e{len(self.got)}"
            self.state_holder.session_data[event] = {}  # as Gradio calls the session of a program
            answer = json.dumps({"event_id": event}).encode()
        if scope["path"].endswith("/upload"):
            file = Path(self.uploaded_file_dir) / f"{len(self.got)}" / "table.csv"
            file.parent.mkdir(parents=True)
            file.write_bytes(body)
            answer = json.dumps([str(file)]).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
        await send({"type": "http.response.body", "body": answer})


@pytest.fixture
def page(tmp_path):
    """A middleware, what stands behind it, and a client for each visitor."""
    settings = Settings(data_dir=tmp_path, cache=tmp_path, **LIMITS)
    held, behind = services(settings), Behind(tmp_path / "files")
    admission = Admission(behind, held)

    async def app(scope, receive, send):
        scope["app"] = behind
        await admission(scope, receive, send)

    def visitor(address: str = "127.0.0.1", **headers: str) -> TestClient:
        return TestClient(app, "http://127.0.0.1:7860", client=(address, 50000), headers=headers)

    return SimpleNamespace(visitor=visitor, behind=behind, services=held, admission=admission)


CALL, JOIN, UPLOAD = "/gradio_api/call/predict", "/gradio_api/queue/join", "/gradio_api/upload"


def test_what_is_in_order_arrives_as_it_was_sent(page):
    body = json.dumps({"data": ["a fine film"], "session_hash": "mine"}).encode()
    answer = page.visitor().post(CALL, content=body)
    assert answer.status_code == 200 and page.behind.got == [(CALL, body)], "byte for byte"
    assert answer.headers["x-own"] == "1" and "frame-ancestors" in answer.headers["content-security-policy"]


def test_whoever_asks_for_the_page_is_a_visitor_and_whoever_asks_whether_it_is_up_is_none(page):
    page.visitor().head("/")
    page.visitor().get("/config")
    assert not page.services.visited.is_set()
    page.visitor().get("/")
    assert page.services.visited.is_set()


@pytest.mark.parametrize("path", [CALL, JOIN, UPLOAD, "/gradio_api/run/predict", "/upload", "/queue/join"])
def test_a_foreign_website_is_refused(page, path):
    answer = page.visitor(origin="https://evil.example").post(path, json={"data": ["a film"]})
    assert answer.status_code == 403 and not page.behind.got
    assert "another website, https://evil.example" in answer.text


def test_a_foreign_name_is_refused_on_every_path(page):
    for path in ("/", "/config", "/gradio_api/file=/etc/passwd"):
        assert page.visitor(host="evil.example").get(path).status_code == 403
    assert not page.behind.got


def test_a_refusal_is_said_in_the_visitors_language(page):
    answer = page.visitor(origin="https://evil.example", **{"accept-language": "es"}).post(CALL, json={})
    assert "evil.example" in answer.text and "another website" not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"x" * 2_000_000, 413, "larger than 1,060,576 bytes"),
        (b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "not a JSON object"),
        (b"nonsense", 400, "not a JSON object"),
        (b'["a film"]', 400, "not a JSON object"),
        (b"\xff\xfe", 400, "not a JSON object"),
        (b'{"data": ["a", "b"]}', 400, "predict: 1 needed, 2 given"),
        (b'{"data": []}', 400, "predict: 1 needed, 0 given"),
        (b'{"data": ["a"], "session_hash": "%s"}' % (b"s" * 1000), 400, "session is too long"),
        (b'{"data": ["a"], "fn_index": 1000000000}', 404, "no event 1000000000"),
        (b'{"data": ["a"], "fn_index": -1}', 404, "no event -1"),
    ],
)
def test_an_event_that_cannot_be_is_refused_with_a_sentence(page, body, status, said):
    answer = page.visitor().post(CALL, content=body)
    assert answer.status_code == status and said in answer.json()["detail"]
    assert not page.behind.got


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["x", 10, 1, ""], "Seed does not take 'x'."),
        ([[3], 10, 1, ""], "Seed does not take [3]."),
        ([float("inf"), 10, 1, ""], "Seed does not take inf."),
        ([7, None, 1, ""], "Rounds does not take None."),
        ([7, 51, 1, ""], "Rounds does not take 51."),
        ([7, {"a": 1}, 1, ""], "Rounds does not take {'a': 1}."),
        ([7, 10, 4, ""], "Stars does not take 4."),
        ([7, 10, {"a": 1}, ""], "Stars does not take {'a': 1}."),
        ([7, 10, 1, [3]], "Opening does not take [3]."),
        ([7, 10, 1, "", "hat"], "Kind does not take 'hat'."),
        ([7, 10, 1, "", {"a": 1}], "Kind does not take {'a': 1}."),
        ([7, 10, 1, "", "\ud800"], "Kind does not take '?'."),
    ],
)
def test_a_value_that_a_field_cannot_have_is_refused_by_its_name(page, values, said):
    body = json.dumps({"data": [*values, "film"][:5], "fn_index": 3, "session_hash": "a"})
    answer = page.visitor().post(JOIN, content=body)
    assert answer.status_code == 422 and answer.json() == {"detail": said}
    assert not page.behind.got


@pytest.mark.parametrize("values", [[None, 10, None, None, None], [7.0, 1, 3, "a", "book"]])
def test_a_value_that_a_field_can_have_goes_on(page, values):
    body = json.dumps({"data": values, "fn_index": 3, "session_hash": "a"})
    assert page.visitor().post(JOIN, content=body).status_code == 200 and page.behind.got


def test_a_value_that_a_field_cannot_have_is_refused_by_the_name_that_the_visitor_reads(page):
    blocks = page.behind.blocks
    blocks.fns[3].inputs[0].label = str(blocks.i18n_instance("seed"))
    body = json.dumps({"data": ["x", 10, 1, "", "film"], "fn_index": 3, "session_hash": "a"})
    for language, name in (("en", "Seed"), ("es", "Semilla")):
        said = page.visitor(**{"accept-language": language}).post(JOIN, content=body).json()["detail"]
        assert said.startswith(f"{name} ") and "'x'" in said


def test_a_choice_that_came_later_is_the_visitors_own(page):
    stars = page.behind.blocks.fns[3].inputs[2]
    later = gr.Radio([7, 8], label="Stars", render=False)
    page.behind.state_holder.session_data["a"] = {stars._id: later}
    for session, value, status in (("a", 7, 200), ("a", 1, 422), ("b", 7, 422), ("b", 1, 200)):
        body = json.dumps({"data": [7, 10, value, "", "film"], "fn_index": 3, "session_hash": session})
        assert page.visitor().post(JOIN, content=body).status_code == status


def test_values_left_out_at_the_end_get_their_defaults(page):
    client = page.visitor()
    for data, status in (([4], 200), ([4, 9, 9], 200), ([], 400), ([4, 9, 9, 9], 400)):
        assert client.post("/gradio_api/call/generate", json={"data": data}).status_code == status
    assert [json.loads(body)["data"] for _, body in page.behind.got] == [[4, 20, None], [4, 9, 9]]


def test_a_program_sends_no_state_and_a_browser_an_empty_one(page):
    client = page.visitor()
    assert client.post("/gradio_api/call/_begin", json={"data": ["x"]}).status_code == 200
    joined = {"data": [None, "x"], "fn_index": 1, "session_hash": "s"}
    assert client.post(JOIN, json=joined).status_code == 200
    assert client.post(JOIN, json=joined | {"data": ["x"]}).status_code == 400


def test_one_visitor_does_not_fill_the_line_of_short_requests(page):
    waiting = SimpleNamespace(headers={}, client=SimpleNamespace(host="127.0.0.1"))
    page.behind.waiting.extend(SimpleNamespace(request=waiting) for _ in range(2))
    refused = page.visitor().post(CALL, json={"data": ["a film"]})
    assert refused.status_code == 429 and "2 requests waiting" in refused.json()["detail"]
    assert page.visitor("127.0.0.2").post(CALL, json={"data": ["a film"]}).status_code == 200


def test_sessions_made_up_by_one_visitor_forget_only_its_own(page):
    kept = page.behind.state_holder.session_data
    page.visitor("127.0.0.1").post(JOIN, json={"data": ["x"], "fn_index": 0, "session_hash": "a table"})
    attacker = page.visitor("127.0.0.2")
    for number in range(20):
        attacker.post(JOIN, json={"data": ["x"], "fn_index": 0, "session_hash": f"made up {number}"})
    assert "a table" in kept and "made up 0" not in kept and "made up 19" in kept
    assert len(page.services.sessions) == 4


def test_programs_that_follow_nothing_push_out_nobodys_page(page):
    kept = page.behind.state_holder.session_data
    page.visitor("127.0.0.1").post(JOIN, json={"data": ["x"], "fn_index": 0, "session_hash": "a table"})
    attacker = page.visitor("127.0.0.2")
    begun = [attacker.post(CALL, json={"data": ["x"]}).json()["event_id"] for _ in range(20)]
    assert list(kept) == ["a table", *begun[-3:]], "its share, and the page of somebody else"


@pytest.mark.parametrize("path", ["call/predict", "call/v2/predict"])
def test_what_is_kept_of_a_program_ends_with_its_answer(page, path):
    kept, client = page.behind.state_holder.session_data, page.visitor()
    event = client.post(f"/gradio_api/{path}", json={"data": ["x"]}).json()["event_id"]
    assert event in kept and event in page.services.calls
    client.get(f"/gradio_api/{path}/{event}")
    assert event not in kept and event not in page.services.calls


def test_sessions_that_nobody_is_known_to_have_do_not_gather(page):
    kept, client = page.behind.state_holder.session_data, page.visitor()
    client.post(JOIN, json={"data": ["x"], "fn_index": 0, "session_hash": "mine"})
    kept.update({f"left over {number}": {} for number in range(60)})
    client.post(CALL, json={"data": ["x"]})
    assert list(kept) == ["mine", *page.services.calls._visitors]


@pytest.mark.parametrize("path", ["run/predict", "api/predict"])
def test_an_event_that_names_no_session_gets_one_that_is_not_kept(page, path):
    kept, client = page.behind.state_holder.session_data, page.visitor()
    assert client.post(f"/gradio_api/{path}", json={"data": ["x"]}).status_code == 200
    [(_, body)] = page.behind.got
    assert json.loads(body)["session_hash"] and not kept and not len(page.services.sessions)


def test_half_a_character_arrives_as_a_question_mark(page):
    body = b'{"data": ["a \\ud800 film \\ud83d\\ude00"], "session_hash": "mine"}'
    assert page.visitor().post(CALL, content=body).status_code == 200
    [(_, got)] = page.behind.got
    assert json.loads(got)["data"] == ["a ? film \N{GRINNING FACE}"]


@pytest.mark.parametrize(
    ("sent", "halves"),
    [
        (b'{"data": "\\uD83D\\uDE00"}', False),
        ('{"data": "\N{GRINNING FACE} \ud55c\uad6d"}'.encode(), False),
        (b'{"data": "\\uDE00"}', True),
        ('{"data": "\udc00"}'.encode("utf-8", "surrogatepass"), True),
        ('{"data": "\ud800"}'.encode("utf-16", "surrogatepass"), True),
        ('{"data": "\ud800"}'.encode("utf-32-le", "surrogatepass"), True),
    ],
)
def test_half_a_character_is_found_however_it_was_sent(sent, halves):
    body = events.read(sent)
    assert events.mend(body, sent) is halves
    assert (body["data"] == "?") is halves


def test_whoever_has_a_stream_open_is_known_to_follow(page):
    seen = []

    async def app(scope, receive, send):
        seen.append([key for key in ("s1", "e1", "h1") if key in page.services.followers])
        await page.behind(scope, receive, send)

    page.admission.app = app
    client = page.visitor()
    for path in (
        "queue/data?session_hash=s1",
        "call/predict/e1",
        "call/v2/predict/e1",
        "heartbeat/h1",
        "config",
    ):
        client.get(f"/gradio_api/{path}")
    assert seen == [["s1"], ["e1"], ["e1"], ["h1"], []]
    assert "s1" not in page.services.followers and page.services.followers.known


def test_uploads_have_a_share_and_a_limit(page):
    client = page.visitor()
    for _ in range(2):
        assert client.post(UPLOAD, content=b"text\na film\n").status_code == 200
    refused = client.post(UPLOAD, content=b"text\na film\n")
    assert refused.status_code == 429 and "2 files" in refused.text
    other = page.visitor("127.0.0.2")
    assert "limit is 1 MB" in other.post(UPLOAD, content=b"x" * 3_000_000).text
    assert other.post(UPLOAD, content=b"text\na film\n").status_code == 200


def test_an_upload_without_a_length_is_refused(page):
    answer = page.visitor().post(UPLOAD, content=iter([b"x"]))
    assert answer.status_code == 411 and "does not say its length" in answer.text


def test_whether_the_page_is_up_is_answered_without_making_it(page):
    answer = page.visitor().head("/")
    assert answer.status_code == 200 and "frame-ancestors" in answer.headers["content-security-policy"]
    assert not page.behind.got
    page.visitor().get("/")
    assert [path for path, _ in page.behind.got] == ["/"]


@pytest.mark.parametrize("begun", [False, True])
def test_what_no_route_can_read_is_refused_in_a_sentence_and_a_line_of_the_log(page, caplog, begun):
    async def failing(scope, receive, send):
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half an answer", "more_body": True})
        raise KeyError("/nothing")

    page.admission.app = failing
    answer = page.visitor().get("/gradio_api/call/v2/nothing")
    assert answer.text == "half an answer" if begun else "not one that this app can answer" in answer.text
    assert answer.status_code == (200 if begun else 400)
    [line] = caplog.messages
    assert "GET /call/v2/nothing was not answered: KeyError" in line and "\n" not in line
