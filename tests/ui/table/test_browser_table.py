"""Your table in a real Chromium, with the files that people have; skipped where there is no Chromium."""

import time
from datetime import datetime

import openpyxl
import pandas as pd
import pytest

from revdemo.tables import table
from tests.support.chromium import WAIT, enter, pick
from tests.support.fakes_ui import WordClassifier, WordPolarity
from tests.support.served_page import serving

pytestmark = pytest.mark.browser

MANY = 50_000


class Slow(WordClassifier):
    """Takes 20 ms a text, until `hurry` is set."""

    hurry = False

    def predict(self, texts):
        for _ in texts:
            time.sleep(0 if Slow.hurry else 0.02)
        return super().predict(texts)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    loaders = {"load_polarity": lambda _: WordPolarity()}
    with serving(tmp_path_factory.mktemp("quick"), **loaders) as found:
        yield found


@pytest.fixture(scope="module")
def opened(address, visit_once):
    """A visitor's page at Your table, for tests that need nothing of a page just opened."""
    return visit_once(address, "Your table")


def clear(page):
    """Take a table away, where there is one."""
    clearing = page.locator(
        "#table-file button[aria-label='Clear'], #table-file button[aria-label='Remove']"
    ).first
    if clearing.is_visible():
        clearing.click()
        page.locator("#table-summary", has_text="It stays on this machine").wait_for(timeout=WAIT)
        page.locator("#predict-summary", has_text="appear here").wait_for(timeout=WAIT)


def upload(page, path, said):
    clear(page)
    page.set_input_files("#table-file input[type=file]", path)
    page.locator("#table-summary", has_text=said).wait_for(timeout=3 * WAIT)


def predict(page, patience=3 * WAIT):
    page.click("#predict-start:enabled", timeout=WAIT)
    page.locator("#predict-summary", has_text="Done.").wait_for(timeout=patience)
    page.wait_for_selector("#predict-start:enabled", timeout=WAIT)


def download(page, name, folder):
    with page.expect_download(timeout=WAIT) as download:
        page.click(f"#predict-{name}")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return table.read_table(path)


def test_a_messy_spreadsheet_is_understood_and_comes_back(address, visit, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([])
    sheet.append([None, "Customer reviews, all shops"])
    sheet.merge_cells("B2:E2")
    sheet.append([])
    sheet.append([None, "Review", "Stars", None, "Bought"])
    for number in range(40):
        stars = str(number % 5 + 1) if number % 2 else number % 5 + 1
        sheet.append([None, f"Bought it in May, a {number % 5 + 1}", stars, None, datetime(2024, 5, 1)])
        sheet.append([])
    sheet.append([None, "It was broken, a 1", 5])
    book.save(tmp_path / "shop export.xlsx")
    page = visit(address, "Your table")
    upload(page, tmp_path / "shop export.xlsx", '41 rows, texts in "Review", stars in "Stars" of 5')
    assert page.locator("#table-preview tbody tr").count() == 5
    assert page.locator("#table-preview th").all_inner_texts()[0].startswith("Review")
    page.check("#predict-polarity input")
    predict(page)
    assert "97.6%" in page.inner_text("#predict-metrics")
    page.wait_for_selector("#predict-distribution .js-plotly-plot", timeout=WAIT)
    page.wait_for_selector("#predict-confusion .js-plotly-plot", timeout=WAIT)
    first = page.locator("#predict-rows tbody tr").first.inner_text()
    assert first.split()[:5] == ["41", "5", "★", "1", "★"] and "It was broken" in first
    found = download(page, "csv", tmp_path)
    assert found["Review"].tolist()[-1] == "It was broken, a 1"
    assert found["predicted"].tolist()[:3] == ["1", "2", "3"]
    assert set(found["polarity"]) == {"positive"}
    own = download(page, "same", tmp_path)
    assert own["Bought"][0] == datetime(2024, 5, 1)
    assert len(own) == 41


def test_a_semicolon_csv_in_latin_1(opened, tmp_path):
    text = 'Nr;Meinung;"Note; von 10"\n1;Très bien, déjà vu, un 4;8\n2;"Öde; schlecht, un 1";2\n'
    (tmp_path / "a.csv").write_bytes(text.encode("latin-1"))
    page = opened
    upload(page, tmp_path / "a.csv", '2 rows, texts in "Meinung", stars in "Note; von 10" of 10')
    assert "Öde; schlecht, un 1" in page.inner_text("#table-preview")
    predict(page)
    assert "100.0%" in page.inner_text("#predict-metrics")
    found = download(page, "same", tmp_path)
    assert found["Meinung"].tolist() == ["Très bien, déjà vu, un 4", "Öde; schlecht, un 1"]
    assert found["predicted"].tolist() == [4, 1]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("prices.csv", b"id,price\n1,2.50\n2,3.50\n", "No column looks like text. Choose one of id, price"),
        ("none.csv", b"\n\n", "none.csv is not a readable csv table: it is empty"),
        ("head.csv", b"text,stars\n", "head.csv holds no rows"),
        ("torn.xlsx", b"PK\x03\x04 and then nothing", "torn.xlsx is not a readable xlsx table"),
    ],
)
def test_a_file_that_is_no_table_of_texts_is_said_to_be_none(opened, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    upload(opened, tmp_path / name, said)
    opened.wait_for_timeout(300)
    assert opened.is_disabled("#predict-start")


def test_a_column_chosen_by_hand_makes_a_table_of_it(opened, tmp_path):
    (tmp_path / "codes.csv").write_text("id,code\n1,5\n2,3\n")
    page = opened
    upload(page, tmp_path / "codes.csv", "No column looks like text")
    read = page.locator("#table-summary", has_text='2 rows, texts in "code", no ratings')
    pick(page.locator("#table-text input"), "code", read)
    predict(page)
    assert "2 of 2 rows" in page.inner_text("#predict-summary")


def test_how_a_file_is_read_can_be_corrected_on_the_page(address, visit, tmp_path):
    rows = "".join(f"Отличный фильм номер {n};{grade}\n" for n, grade in enumerate(["да", "нет", "так"] * 3))
    (tmp_path / "a.csv").write_bytes(f"review;grade\n{rows}".encode("koi8-r"))
    page = visit(address, "Your table")
    upload(page, tmp_path / "a.csv", 'texts in "review", no ratings')
    page.click("#table-more button")
    rated = page.locator("#table-summary", has_text='stars in "grade" of 5 (1★ 3, 2★ 0, 3★ 3')
    enter(page, "#table-map textarea", "да=5, нет=1, так=3", rated)
    one_column = page.locator("#table-summary", has_text="no ratings")
    pick(page.locator("#table-separator input"), "tabs", one_column)
    assert "Отличный фильм номер 0;да" in page.inner_text("#table-preview")
    enter(
        page,
        "#table-encoding input",
        "klingon",
        page.locator("#table-summary .error", has_text="no encoding 'klingon'"),
    )
    assert page.is_visible("#table-encoding input"), "it can be corrected again"


def test_fifty_thousand_rows(opened, tmp_path):
    rows = pd.DataFrame({"review": [f"seen {n} times, a {n % 5 + 1}" for n in range(MANY)], "n": range(MANY)})
    rows.to_parquet(tmp_path / "many.parquet")
    page = opened
    upload(page, tmp_path / "many.parquet", '50,000 rows, texts in "review"')
    predict(page, patience=20 * WAIT)
    found = download(page, "same", tmp_path)
    assert found["n"].tolist() == list(range(MANY))
    assert found["predicted"].tolist() == [n % 5 + 1 for n in range(MANY)]


def test_stop_keeps_the_rows_and_predict_goes_on(tmp_path, visit):
    rows = [f"{n} of them, a {n % 5 + 1}" for n in range(1500)]
    pd.DataFrame({"text": rows}).to_csv(tmp_path / "slow.csv", index=False)
    with serving(tmp_path / "data", load_stars=lambda _: Slow()) as address:
        page = visit(address, "Your table")
        upload(page, tmp_path / "slow.csv", '1,500 rows, texts in "text"')
        page.click("#predict-start:enabled", timeout=WAIT)
        page.locator("#predict-summary", has_text="left").wait_for(timeout=WAIT)
        page.click("#predict-stop")
        page.locator("#predict-summary", has_text="Stopped.").wait_for(timeout=WAIT)
        page.wait_for_selector("#predict-start:enabled", timeout=WAIT)
        done = int(page.inner_text("#predict-summary").split(" of 1,500")[0].split()[-1])
        assert 0 < done < 1500
        assert page.is_disabled("#predict-csv")
        page.reload()  # also after a reload, once the table is uploaded again
        page.get_by_role("tab", name="Your table").click()
        upload(page, tmp_path / "slow.csv", "1,500 rows")
        Slow.hurry = True
        page.click("#predict-start:enabled", timeout=WAIT)
        page.locator("#predict-summary", has_text=f"{done} were predicted before").wait_for(timeout=WAIT)
        page.locator("#predict-summary", has_text="Done.").wait_for(timeout=WAIT)
        page.wait_for_selector("#predict-csv:enabled", timeout=WAIT)
        assert len(download(page, "csv", tmp_path)) == 1500


def test_another_table_takes_the_results_away(opened, tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(f"text\n{name} of five, a 5\n")
    page = opened
    upload(page, tmp_path / "one.csv", "1 row")
    predict(page)
    clear(page)
    assert page.is_disabled("#predict-start") and page.is_disabled("#predict-csv")
    upload(page, tmp_path / "two.csv", "1 row")
    predict(page)


def test_a_narrow_page_does_not_scroll_sideways(opened, tmp_path):
    columns = {f"column number {n}": ["word " * 30] for n in range(9)} | {
        "text": ["long " * 90 + "5"],
        "stars": ["1"],
    }
    pd.DataFrame(columns).to_csv(tmp_path / "wide.csv", index=False)
    page, wide = opened, opened.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    upload(page, tmp_path / "wide.csv", "1 row")
    predict(page)
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size(wide)
