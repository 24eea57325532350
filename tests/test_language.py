"""The two languages of the page: neither lacks a string, and each visitor is answered in their own."""

import ast
import re
import string
import threading
from pathlib import Path

import gradio as gr
import pytest
from gradio.context import LocalContext

import revdemo
from revdemo import plots
from revdemo.errors import RevdemoError
from revdemo.loop import Request
from revdemo.settings import Settings
from revdemo.ui import language, page, strings
from revdemo.ui.guard import explain
from revdemo.ui.strings import core, en, es
from tests.chromium import WAIT, free_port
from tests.fakes_ui import WordPolarity, services

CORE = Path(revdemo.__file__).parent
UI = CORE / "ui"

# The same word in both languages, a name, or a value that is no word.
SAME = {
    "revdemo", "Python", "–", "", "n", "F1", "macro-F1", "distinct-1", "distinct-2", "self-BLEU",
    "{matrix}, {kind}", "{network}: {axis}", "betas of AdamW", "error", "own", "runs", "file",
    "The acting",  # how a review begins, and those are English
}  # fmt: skip

# What no visitor's event raises: the command line, training, publishing and the settings do.
NOT_ON_THE_PAGE = {
    "adapting.py": {"self.obstacle"},  # in the table, as what it can be
    "classifier.py": {"self.wrong_labels.format"},
    "dataset.py": {"A data set cannot be written as {}: choose one of {}."},
    "generator.py": {"The generator {} has no token", "{} samples were asked for"},
    "hub.py": {"There is no token", "without("},
    "int8.py": {"--quantize int8"},
    "ledger.py": {"Reviews cannot be written as {}"},
    "metrics.py": {"There is nothing to measure", "Stars go from 1 to 5"},
    "models.py": {
        "--device {}", "The base {} is none of", "The base model could not",
        "{}, and revdemo needs",  # with its labels before it
    },
    "package.py": {"{} holds no data set", "The card in {}", "{} rows of {} are real"},
    "plan.py": {"{} cannot be set here"},
    "reviews.py": {"The prefix template"},
    "settings.py": {"_explain(", "The environment sets"},
    "shards.py": {"The data set {} is public"},
    "utility.py": {"The share of test rows", "seed is {}"},
}  # fmt: skip


def names(module) -> list[str]:
    return [name for name in vars(module) if name.isupper()]


def texts(value) -> list[str]:
    """Every text in a value of a strings module."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    return [text for part in parts for text in texts(part)]


def fields(text: str) -> list[tuple]:
    found = string.Formatter().parse(text)
    return sorted((name, spec, how) for _, name, spec, how in found if name is not None)


def plot_fields(text: str) -> list[str]:
    return sorted(re.findall(r"%\{[^}]*\}", text))


def shape(value):
    """What two languages must have alike: types, keys, numbers, fields."""
    if isinstance(value, str):
        return plot_fields(value) or fields(value), bool(value)
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    return [shape(one) for one in value] if isinstance(value, tuple) else value


def test_no_string_is_missing_in_either_language():
    assert set(names(en)) == set(names(es))


@pytest.mark.parametrize("name", names(en))
def test_both_languages_have_the_same_shape_and_fields(name):
    assert shape(getattr(en, name)) == shape(getattr(es, name))


def test_what_is_spanish_is_not_english():
    pairs = [
        (name, own, other)
        for name in names(en)
        for own, other in zip(texts(getattr(en, name)), texts(getattr(es, name)), strict=True)
    ]
    assert len(pairs) > 500
    assert {own for name, own, other in pairs if own == other and re.search("[a-z]", own)} - SAME == set()


# --- whose language ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "spoken"),
    [
        ({}, "en"),
        ({"accept-language": "es"}, "es"),
        ({"accept-language": "es-MX,es;q=0.9,en;q=0.8"}, "es"),
        ({"accept-language": "fr-FR,fr;q=0.9,es;q=0.8"}, "en"),
        ({"accept-language": "est"}, "en"),
        ({"accept-language": "es", "cookie": "a=b; revdemo_language=en"}, "en"),
        ({"accept-language": "en", "cookie": "revdemo_language=es"}, "es"),
        ({"accept-language": "es", "cookie": "revdemo_language=<script>"}, "es"),
    ],
)
def test_a_choice_counts_before_the_browser_and_all_else_is_english(headers, spoken):
    assert strings.asked_for(headers) == spoken


def test_an_event_is_answered_in_the_language_of_its_visitor():
    token = LocalContext.request.set(gr.Request(headers={"accept-language": "es"}))
    try:
        said = strings.EMPTY, strings.ENDINGS["running"], strings.TOLERANCES[0]
        other = []
        threading.Thread(target=lambda: other.append(strings.EMPTY)).start()
    finally:
        LocalContext.request.reset(token)
    assert said == (es.EMPTY, es.ENDINGS["running"], es.TOLERANCES[0])
    assert strings.EMPTY == en.EMPTY


def test_a_string_that_does_not_exist_is_an_error():
    with pytest.raises(AttributeError, match="no string NO_SUCH"):
        strings.NO_SUCH  # noqa: B018


def test_numbers_are_written_as_the_language_writes_them():
    with strings.speaking("es"):
        assert "5.001 caracteres" in strings.TOO_LONG.format(count=5001, limit=5000)
        assert strings.EXPECTED.format(value=3.14159) == "Valor esperado: 3,1 de 5"
        assert strings.BATCH_ROWS.format(done="1,200", rows="3,400") == "1.200 de 3.400 filas"
        assert (
            strings.ADAPT_STATES["running"]
            .format(name="films.1,2.csv")
            .startswith("Adaptando a films.1,2.csv.")
        )
        assert [strings.numeral(text) for text in ("63.4 %", "−0.12", "a.b")] == ["63,4 %", "−0,12", "a.b"]
        assert plots.distribution([1, 2, 3, 4, 1500]).data[0].text[-1] == "1.500"
    assert strings.numeral("63.4 %") == "63.4 %"


# --- what the core says -----------------------------------------------------------------------------


def test_errors_of_the_core_are_told_in_spanish():
    with pytest.raises(RevdemoError) as error:
        Request(stars=9)
    assert explain(error.value) == str(error.value)
    with strings.speaking("es"):
        assert explain(error.value) == "stars es 9, y debe ser un número entero de 1 a 5."
        assert explain(RevdemoError("t.csv holds no rows.")) == "t.csv no tiene filas."
        assert explain(RevdemoError("Nobody translated this.")) == "Nobody translated this."
        assert strings.said("classifier: exact, 1,200 reviews") == "clasificador: exacto, 1.200 reseñas"
        advice = "the disk is full. Make room, or set REVDEMO_DATA_DIR to a folder elsewhere."
        found = strings.said(f"The ledger of runs at /x: {advice}")
    said = "el disco está lleno. Haz sitio, o pon en REVDEMO_DATA_DIR otra carpeta."
    assert found == f"El registro de ejecuciones /x: {said}"


def template(node: ast.expr) -> str:
    """A message in the source with `{}` for what is filled in; other expressions as their source."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) else ast.unparse(node)


def raised() -> list[tuple[str, str]]:
    """Every message of a RevdemoError that the core can raise, with its file."""
    return [
        (path.name, template(node.args[0]))
        for path in sorted(CORE.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RevdemoError" and node.args
    ]


def test_every_error_that_a_visitor_can_see_is_translated():
    found = raised()
    assert len(found) > 60
    missing = [
        (file, said)
        for file, said in found
        if core.in_spanish(said) == said
        and said != "BUSY"
        and not any(said.startswith(start) for start in NOT_ON_THE_PAGE.get(file, ()))
    ]
    assert missing == []


def test_what_is_said_not_to_be_on_the_page_is_raised_somewhere():
    found = raised()
    for file, starts in NOT_ON_THE_PAGE.items():
        for start in starts:
            assert any(file == own and said.startswith(start) for own, said in found), (file, start)


@pytest.mark.parametrize("english", core.SPANISH)
def test_a_translation_takes_what_its_template_has(english):
    parts = [f"part{i}" for i in range(english.count("{}"))]
    spanish = core.SPANISH[english].format(*parts)
    assert all(part in spanish for part in parts)
    assert core.in_spanish(english.format(*parts)) == spanish


# --- the code ---------------------------------------------------------------------------------------

SHOWN = {"label", "info", "placeholder", "value", "title", "choices"}
LITERALS = {"Parquet", "parquet", "CSV", "csv", "OWNER/NAME"}


def literals(path: Path) -> list[str]:
    """Words in the source that are handed to a component, a warning or an error of gradio."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("gr."):
            given = [*node.args, *[one.value for one in node.keywords if one.arg in SHOWN]]
            found += [
                part.value
                for one in given
                if isinstance(one, ast.Constant | ast.JoinedStr | ast.List | ast.Tuple)
                for part in ast.walk(one)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
    return [text for text in found if re.search(r"[A-Za-z]{2}", re.sub(r"<[^>]*>?", "", text))]


def at_import(tree: ast.AST) -> list[str]:
    """Strings that are read when a module is imported, where nobody is asking: they would stay English."""
    found = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            found += [text for one in defaults for text in at_import(ast.Expression(one))]
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "strings":
            found.append(node.attr)
        else:
            found += at_import(node)
    return found


@pytest.mark.parametrize("path", sorted(UI.glob("*.py")), ids=lambda path: path.name)
def test_no_word_is_written_where_it_is_shown(path):
    assert set(literals(path)) - LITERALS == set()
    assert [name for name in at_import(ast.parse(path.read_text(encoding="utf-8"))) if name.isupper()] == []


# --- the page ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twins")
    held = services(Settings(data_dir=folder, cache=folder))
    found = []
    for spoken in ("en", "es"):
        with strings.speaking(spoken):
            found.append(page._lay_out(held))
    return found


def test_whatever_differs_between_the_twins_reaches_the_visitor(twins):
    untold = {
        (type(block).__name__, prop)
        for block, twin in zip(*(demo.blocks.values() for demo in twins), strict=True)
        for prop, own in block.get_config().items()
        if own != twin.get_config()[prop]
        and not (prop in language.TRANSLATED and isinstance(own, str))
        and prop not in language.LATER
        and not (prop == "value" and isinstance(block, gr.Plot))
    }
    # Of the examples: the field that they fill in, which has its own label. Of the seed: it was rolled.
    assert untold <= {
        ("Dataset", "component_ids"),
        ("Dataset", "component_props"),
        ("Dataset", "headers"),
        ("Number", "value"),
    }


def test_the_page_itself_gets_the_language_and_nothing_else_does():
    sent, html = [], b'<html lang="en"><head></head></html>'

    async def answer(scope, receive, send):
        kind = b"text/html; charset=utf-8" if scope["path"] == "/" else b"application/json"
        headers = [(b"content-type", kind), (b"content-length", str(len(html)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": html[:9], "more_body": True})
        await send({"type": "http.response.body", "body": html[9:]})

    async def send(message):
        sent.append(message)

    def ask(path):
        sent.clear()
        headers = [(b"accept-language", b"es")]
        scope = {"type": "http", "method": "GET", "path": path, "headers": headers}
        running = language.Spoken(answer)(scope, None, send)
        with pytest.raises(StopIteration):
            running.send(None)
        return dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent)

    headers, body = ask("/")
    assert b'<html lang="es"><head><script>' in body and b'get: () => "es"' in body
    assert int(headers[b"content-length"]) == len(body)
    assert ask("/config") == ({b"content-type": b"application/json", b"content-length": b"36"}, html)
    assert ask("/x/")[1] == html


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("languages")
    settings = Settings(data_dir=folder, cache=folder, device="cpu", port=free_port())
    demo = page.build(services(settings, load_polarity=lambda _: WordPolarity()))
    options = page.launch_options(settings)
    _, found, _ = demo.launch(prevent_thread_lock=True, quiet=True, **options)
    yield found
    demo.close(verbose=False)


@pytest.mark.browser
def test_a_spanish_browser_gets_spanish_and_a_choice_of_english_stays(address, visit):
    for _ in range(2):  # what the first visitor gets, the second one gets too
        seen = visit(address, "Métricas", locale="es-ES", viewport={"width": 390, "height": 800})
        seen.locator("#metrics-balance > button").click()
        seen.locator("#metrics-balance .ytitle", has_text=es.PLOT_REVIEWS).wait_for(timeout=WAIT)
    seen.get_by_role("tab", name="Generar").click()
    seen.get_by_label("Un número de reseñas aceptadas").wait_for(timeout=WAIT)
    assert seen.get_by_role("button", name="Español").get_attribute("aria-pressed") == "true"
    assert seen.evaluate("document.documentElement.scrollWidth") <= 390
    seen.get_by_role("tab", name="Clasificar").click()
    seen.get_by_label("Reseña", exact=True).wait_for(timeout=WAIT)
    seen.click("#predict")
    seen.get_by_text(es.EMPTY).wait_for(timeout=WAIT)
    seen.get_by_text("Elogio claro").wait_for(timeout=WAIT)
    seen.fill("#review-text textarea", "One more film of which I remember the number 3.")
    seen.click("#predict")
    seen.get_by_text("Valor esperado: 3,0 de 5").wait_for(timeout=WAIT)
    seen.get_by_role("button", name="English").click()
    seen.get_by_role("tab", name="Classify").wait_for(timeout=WAIT)
    seen.reload()
    seen.get_by_role("tab", name="Classify").wait_for(timeout=WAIT)
    seen.get_by_text(en.RESULT_EMPTY).wait_for(timeout=WAIT)
    assert seen.evaluate("document.documentElement.lang") == "en"
    assert es.LEAD not in seen.inner_text("body")
