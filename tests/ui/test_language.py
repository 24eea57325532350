"""The languages of the page: none lacks a text, and each visitor is answered in their own."""

import ast
import re
import string
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import gradio as gr
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from gradio.context import LocalContext

import revdemo
from revdemo.errors import Phrase, RevdemoError
from revdemo.generation.request import Request
from revdemo.settings import Settings
from revdemo.ui import language, locale, page
from revdemo.ui.errors import explain
from revdemo.ui.locale import catalogue, en, formats
from revdemo.ui.table import predict_view
from tests.support.chromium import WAIT, free_port
from tests.support.fakes_ui import WordPolarity, services

CORE = Path(revdemo.__file__).parent
ROOT, UI = CORE.parent, CORE / "ui"
TEXTS = set(en.TEXTS)
CATALOGUES = sorted(catalogue.FOLDER.glob("*.po"))

# The same word in both languages, a name, or a value that is not a word.
SAME = {
    "revdemo", "Python", "F1", "macro-F1", "distinct-1", "distinct-2", "self-BLEU", "n", "error",
    "betas of AdamW", "The acting",  # how a review begins, and those are English
    "embeddings", "top-p", "min-p",
}  # fmt: skip

# Where a phrase is made of one that is known, not of words.
MAKERS = {"errors.py", "ui/locale/__init__.py"}

Key = tuple[str, str | None]


def extracted() -> set[Key]:
    """The id and the context of everything that a visitor can come to see, as `make messages` collects it."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, method_map=methods, options_map=options)
    return {(message, context) for _, _, message, _, context in found}


@pytest.fixture(scope="module")
def ids() -> set[Key]:
    return extracted()


def messages(path: Path) -> list:
    """The messages of a catalogue."""
    with path.open("rb") as file:
        return [message for message in read_po(file) if message.id]


def fields(text: str) -> list[tuple]:
    found = string.Formatter().parse(re.sub(r"%\{[^}]*\}", "", text))
    return sorted((name, spec, how) for _, name, spec, how in found if name is not None)


def plot_fields(text: str) -> list[str]:
    return sorted(re.findall(r"%\{[^}]*\}", text))


# --- the catalogues ---------------------------------------------------------------------------------


def test_the_template_holds_what_the_code_says(ids):
    assert len(ids) > 700
    held = {(message.id, message.context) for message in messages(catalogue.FOLDER / "messages.pot")}
    assert held == ids, "run make messages, and translate what is new"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_translates_everything_and_nothing_else(path, ids):
    found = messages(path)
    assert {(message.id, message.context) for message in found} == ids
    assert [message.id for message in found if not message.string or message.fuzzy] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_has_the_fields_of_its_id(path):
    for message in messages(path):
        for of in (fields, plot_fields):
            assert of(message.string) == of(message.id), message.id


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_what_is_translated_is_not_english(path):
    same = {message.id for message in messages(path) if message.id == message.string}
    assert same - SAME == set()


def test_a_file_is_all_that_another_language_needs(tmp_path, monkeypatch):
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    body = head + 'msgid "Stars to write for"\nmsgstr "Étoiles"\n'
    (tmp_path / "fr.po").write_text(body, encoding="utf-8")
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    caches = catalogue.languages, catalogue._catalogue, locale._told
    for own in caches:
        own.cache_clear()
    try:
        assert catalogue.languages() == {"en": "English", "fr": "Français"}
        assert locale.asked_for({"accept-language": "fr-CA,fr;q=0.9"}) == "fr"
        with locale.speaking("fr"):
            assert (locale.STARS, locale.SEED) == ("Étoiles", "Seed")
            assert locale.number(12345.6, ",.1f") == "12\u202f345,6"
    finally:
        for own in caches:
            own.cache_clear()


# --- the code ---------------------------------------------------------------------------------------


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of these names in every room, with its file and line."""
    for path in [*sorted(CORE.rglob("*.py")), *sorted((ROOT / "train").rglob("*.py"))]:
        file = path.relative_to(CORE if path.is_relative_to(CORE) else ROOT).as_posix()
        if file in MAKERS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield f"{file}:{node.lineno}", node


def test_an_error_or_a_phrase_is_a_literal_with_its_fields_named():
    """One made of other text has no id: no catalogue could hold it, and nobody would miss its translation."""
    found = list(calls("RevdemoError", "Phrase"))
    assert len(found) > 200
    wrong = []
    for where, node in found:
        given = {one.arg for one in node.keywords} - {"context"}
        if len(node.args) != 1 or not isinstance(node.args[0], ast.Constant):
            wrong.append((where, "not a literal"))
        elif None not in given and (given or node.func.id == "RevdemoError"):  # a bare Phrase is filled later
            named = {name for name, *_ in fields(node.args[0].value)} if given else set()
            if named != given:
                wrong.append((where, named ^ given))
    assert wrong == []


def page_names(tree: ast.AST) -> set[str]:
    """The names of `en` that a module reads: as locale.NAME, or in words, for `locale.phrase`."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and getattr(node.value, "id", "") == "locale"
        and node.attr.isupper()
    } | {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in TEXTS}


def test_every_text_of_the_page_is_read_and_every_one_read_is_there():
    files = [path for path in UI.rglob("*.py") if path.parent.name != "en"]
    read = {name for path in files for name in page_names(ast.parse(path.read_text(encoding="utf-8")))}
    assert read - {"SOURCE", "COOKIE"} == TEXTS


def test_no_text_of_the_page_takes_the_name_of_another():
    named = [
        name.id
        for path in (UI / "locale" / "en").glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        for name in ast.walk(ast.Tuple(node.targets))
        if isinstance(name, ast.Name)
    ]
    assert [name for name in named if named.count(name) > 1] == []


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
    assert locale.asked_for(headers) == spoken


def test_an_event_is_answered_in_the_language_of_its_visitor():
    token = LocalContext.request.set(gr.Request(headers={"accept-language": "es"}))
    try:
        said = locale.EMPTY, locale.ENDINGS["running"], locale.TOLERANCES[0]
        other = []
        threading.Thread(target=lambda: other.append(locale.EMPTY)).start()
    finally:
        LocalContext.request.reset(token)
    assert said == ("Primero escribe o pega una reseña.", "En marcha.", ("exacta", 0))
    assert locale.EMPTY == en.TEXTS["EMPTY"] == other[0]


def test_a_string_that_does_not_exist_is_an_error():
    with pytest.raises(AttributeError, match="no string NO_SUCH"):
        locale.NO_SUCH  # noqa: B018


# --- numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "spec", "english", "spanish"),
    [
        (12345.6, ",.1f", "12,345.6", "12.345,6"),
        (0.594, ".1%", "59.4%", "59,4\xa0%"),
        (1, ".0%", "100%", "100\xa0%"),
        (5001, ",", "5,001", "5.001"),
        (1234, "", "1234", "1234"),
        (2.675, ".2f", "2.67", "2,67"),  # as Python rounds: no language shows another figure
        (-0.124, "+.2f", "−0.12", "−0,12"),
        (0.3, "+.1f", "+0.3", "+0,3"),
        (0, "+.1f", "+0.0", "+0,0"),
        (0.00001, "g", "1e-05", "1e-05"),
        (2.5e-5, "g", "2.5e-05", "2,5e-05"),
        (61.1, ".4g", "61.1", "61,1"),
        (float("inf"), ".1f", "inf", "inf"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(value, spec, english, spanish):
    assert formats.number(value, spec, "en") == english
    assert formats.number(value, spec, "es") == spanish


def test_texts_are_filled_in_as_the_language_writes_them():
    with locale.speaking("es"):
        assert "5.001 caracteres" in locale.TOO_LONG.format(count=5001, limit=5000)
        assert locale.EXPECTED.format(value=3.14159) == "Valor esperado: 3,1 de 5"
        assert locale.PREDICT_ROWS.format(done=1200, rows=3400) == "1.200 de 3.400 filas"
        state = locale.ADAPT_STATES["running"].format(name="films.1,2.csv")
        assert state.startswith("Adaptando a films.1,2.csv.")
        assert predict_view.distribution([1, 2, 3, 4, 1500]).data[0].text[-1] == "1.500"
        assert locale.separators() == ",."
    assert locale.separators() == ".,"


def test_dates_are_written_as_the_language_writes_them():
    when = datetime(2026, 3, 7, 9, 5)
    assert formats.moment(when, "en") == "Mar 7, 09:05"
    assert formats.moment(when, "es") == "7 mar, 9:05"


# --- what the rooms say -----------------------------------------------------------------------------


def test_errors_of_every_room_are_told_in_the_language_of_the_visitor():
    with pytest.raises(RevdemoError) as error:
        Request(stars=9)
    assert explain(error.value) == str(error.value)
    with locale.speaking("es"):
        assert explain(error.value) == "stars es 9, y debe ser un número entero de 1 a 5."
        assert explain(RevdemoError("{file} holds no rows.", file="t.csv")) == "t.csv no tiene filas."
        assert explain(RevdemoError("Nobody translated this.")) == "Nobody translated this."
        advice = Phrase(
            "the disk is full. Make room, or {elsewhere}.",
            elsewhere=Phrase("set REVDEMO_DATA_DIR to a folder elsewhere"),
        )
        ledger = Phrase("The ledger of runs")
        found = locale.said(RevdemoError("{what} at {path}: {advice}", what=ledger, path="/x", advice=advice))
    said = "el disco está lleno. Haz sitio, o pon en REVDEMO_DATA_DIR otra carpeta."
    assert found == f"El registro de ejecuciones /x: {said}"


def test_a_value_is_shown_as_it_is_and_a_phrase_in_it_is_translated():
    listed = Phrase("{shown}", shown=[Phrase("{count} of 1 star", count=3), "holds no rows."])
    with locale.speaking("es"):
        assert locale.said(listed) == "3 de 1 estrella, holds no rows."
        assert locale.said("it is empty") == "it is empty"  # a plain text: whoever wrote it meant these words
        assert locale.said(Phrase("it is empty")) == "está vacía"


# --- where words are shown ---------------------------------------------------------------------------

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
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "locale":
            found.append(node.attr)
        else:
            found += at_import(node)
    return found


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: path.relative_to(UI).as_posix())
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
        with locale.speaking(spoken):
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
    held = services(settings, load_polarity=lambda _: WordPolarity())
    demo, options = page.build(held), page.launch_options(held)
    _, found, _ = demo.launch(prevent_thread_lock=True, quiet=True, **options)
    yield found
    demo.close(verbose=False)


@pytest.mark.browser
def test_a_spanish_browser_gets_spanish_and_a_choice_of_english_stays(address, visit):
    for _ in range(2):  # what the first visitor gets, the second one gets too
        seen = visit(address, "Métricas", locale="es-ES", viewport={"width": 390, "height": 800})
        seen.locator("#metrics-balance > button").click()
        seen.locator("#metrics-balance .ytitle", has_text="reseñas").wait_for(timeout=WAIT)
    seen.get_by_role("tab", name="Generar").click()
    seen.get_by_label("o a una estrella").wait_for(timeout=WAIT)
    assert seen.get_by_role("button", name="Español").get_attribute("aria-pressed") == "true"
    assert seen.evaluate("document.documentElement.scrollWidth") <= 390
    seen.get_by_role("tab", name="Clasificar").click()
    seen.get_by_label("Reseña", exact=True).wait_for(timeout=WAIT)
    seen.fill("#review-text textarea", "")
    seen.click("#predict")
    seen.get_by_text("Primero escribe o pega una reseña.").wait_for(timeout=WAIT)
    seen.get_by_text("Elogio claro").wait_for(timeout=WAIT)
    seen.fill("#review-text textarea", "One more film of which I remember the number 3.")
    seen.click("#predict")
    seen.get_by_text("Valor esperado: 3,0 de 5").wait_for(timeout=WAIT)
    seen.get_by_role("button", name="English").click()
    seen.get_by_role("tab", name="Classify").wait_for(timeout=WAIT)
    seen.reload()
    seen.get_by_role("tab", name="Classify").wait_for(timeout=WAIT)
    seen.get_by_text("Expected value").wait_for(timeout=WAIT)  # of the example
    assert seen.evaluate("document.documentElement.lang") == "en"
    assert "Predice las estrellas" not in seen.inner_text("body")


USTED = (
    r"\b(?:pida|ejecute|indique|inicie|quite|elimine|escriba|suba|elija|vuelva|compruebe|haga|use|añada)\b"
    r"|cómo de (?!\w+ar)|qué tan "
)


def test_spanish_says_tu_and_what_both_shores_say():
    with (catalogue.FOLDER / "es.po").open("rb") as file:
        said = [str(message.string) for message in read_po(file, locale="es") if message.id]
    assert len(said) > 500
    assert not [text for text in said if re.search(USTED, text, re.IGNORECASE)]
