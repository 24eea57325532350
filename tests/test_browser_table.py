"""Your table in a real Chromium, with the files that people have; skipped where there is no Chromium."""

import time
from datetime import datetime

import openpyxl
import pandas as pd
import pytest

from revdemo import tables
from tests.chromium import WAIT
from tests.fakes_ui import WordClassifier, WordPolarity
from tests.test_browser import serving

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


def upload(page, path, said):
    page.set_input_files("#table-file input[type=file]", path)
    page.locator("#table-summary", has_text=said).wait_for(timeout=3 * WAIT)


def predict(page, patience=3 * WAIT):
    page.click("#batch-start:enabled", timeout=WAIT)
    page.locator("#batch-summary", has_text="Done.").wait_for(timeout=patience)
    page.wait_for_selector("#batch-start:enabled", timeout=WAIT)


def download(page, name, folder):
    with page.expect_download(timeout=WAIT) as download:
        page.click(f"#batch-{name}")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return tables.read_table(path)


def choose(page, field, column):
    page.click(f"#table-{field} input")
    page.get_by_role("option", name=column, exact=True).click()


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
    upload(page, tmp_path / "shop export.xlsx", '41 rows, text in "Review", stars in "Stars" of 5')
    assert page.locator("#table-preview tbody tr").count() == 5
    assert page.locator("#table-preview th").all_inner_texts()[0].startswith("Review")
    page.check("#batch-polarity input")
    predict(page)
    assert "97.6 %" in page.inner_text("#batch-metrics")
    page.wait_for_selector("#batch-distribution .js-plotly-plot", timeout=WAIT)
    page.wait_for_selector("#batch-confusion .js-plotly-plot", timeout=WAIT)
    first = page.locator("#batch-surprising tbody tr").first.inner_text()
    assert first.split()[:5] == ["41", "5", "★", "1", "★"] and "It was broken" in first
    found = download(page, "csv", tmp_path)
    assert found["Review"].tolist()[-1] == "It was broken, a 1"
    assert found["predicted"].tolist()[:3] == ["1", "2", "3"]
    assert set(found["polarity"]) == {"positive"}
    own = download(page, "same", tmp_path)
    assert own["Bought"][0] == datetime(2024, 5, 1)
    assert len(own) == 41


def test_a_semicolon_csv_in_latin_1(address, visit, tmp_path):
    text = 'Nr;Meinung;"Note; von 10"\n1;Très bien, déjà vu, un 4;8\n2;"Öde; schlecht, un 1";2\n'
    (tmp_path / "a.csv").write_bytes(text.encode("latin-1"))
    page = visit(address, "Your table")
    upload(page, tmp_path / "a.csv", '2 rows, text in "Meinung", no ratings')
    assert "Öde; schlecht, un 1" in page.inner_text("#table-preview")
    choose(page, "rating", "Note; von 10")
    page.locator("#table-summary", has_text='stars in "Note; von 10" of 10').wait_for(timeout=WAIT)
    predict(page)
    assert "100.0 %" in page.inner_text("#batch-metrics")
    found = download(page, "same", tmp_path)
    assert found["Meinung"].tolist() == ["Très bien, déjà vu, un 4", "Öde; schlecht, un 1"]
    assert found["predicted"].tolist() == [4, 1]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("prices.csv", b"id,price\n1,2.50\n2,3.50\n", "No column looks like texts. Choose one of id, price"),
        ("none.csv", b"\n\n", "none.csv is not a readable csv table: it is empty"),
        ("head.csv", b"text,stars\n", "head.csv holds no rows"),
        ("torn.xlsx", b"PK\x03\x04 and then nothing", "torn.xlsx is not a readable xlsx table"),
    ],
)
def test_a_file_that_is_no_table_of_texts_is_said_to_be_none(address, visit, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    page = visit(address, "Your table")
    upload(page, tmp_path / name, said)
    page.wait_for_timeout(300)
    assert page.is_disabled("#batch-start")


def test_a_column_chosen_by_hand_makes_a_table_of_it(address, visit, tmp_path):
    (tmp_path / "codes.csv").write_text("id,code\n1,5\n2,3\n")
    page = visit(address, "Your table")
    upload(page, tmp_path / "codes.csv", "No column looks like texts")
    choose(page, "text", "code")
    page.locator("#table-summary", has_text='2 rows, text in "code", no ratings').wait_for(timeout=WAIT)
    predict(page)
    assert "2 of 2 rows" in page.inner_text("#batch-summary")


def test_fifty_thousand_rows(address, visit, tmp_path):
    rows = pd.DataFrame({"review": [f"seen {n} times, a {n % 5 + 1}" for n in range(MANY)], "n": range(MANY)})
    rows.to_parquet(tmp_path / "many.parquet")
    page = visit(address, "Your table")
    upload(page, tmp_path / "many.parquet", '50,000 rows, text in "review"')
    predict(page, patience=20 * WAIT)
    found = download(page, "same", tmp_path)
    assert found["n"].tolist() == list(range(MANY))
    assert found["predicted"].tolist() == [n % 5 + 1 for n in range(MANY)]


def test_stop_keeps_the_rows_and_predict_goes_on(tmp_path, visit):
    rows = [f"{n} of them, a {n % 5 + 1}" for n in range(1500)]
    pd.DataFrame({"text": rows}).to_csv(tmp_path / "slow.csv", index=False)
    with serving(tmp_path / "data", load_stars=lambda _: Slow()) as address:
        page = visit(address, "Your table")
        upload(page, tmp_path / "slow.csv", '1,500 rows, text in "text"')
        page.click("#batch-start:enabled", timeout=WAIT)
        page.locator("#batch-summary", has_text="left").wait_for(timeout=WAIT)
        page.click("#batch-stop")
        page.locator("#batch-summary", has_text="Stopped.").wait_for(timeout=WAIT)
        page.wait_for_selector("#batch-start:enabled", timeout=WAIT)
        done = int(page.inner_text("#batch-summary").split(" of 1,500")[0].split()[-1])
        assert 0 < done < 1500
        assert page.is_disabled("#batch-csv")
        page.reload()  # also after a reload, once the table is uploaded again
        page.get_by_role("tab", name="Your table").click()
        upload(page, tmp_path / "slow.csv", "1,500 rows")
        Slow.hurry = True
        page.click("#batch-start:enabled", timeout=WAIT)
        page.locator("#batch-summary", has_text=f"{done} were predicted before").wait_for(timeout=WAIT)
        page.locator("#batch-summary", has_text="Done.").wait_for(timeout=WAIT)
        page.wait_for_selector("#batch-csv:enabled", timeout=WAIT)
        assert len(download(page, "csv", tmp_path)) == 1500


def test_another_table_takes_the_results_away(address, visit, tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(f"text\n{name} of five, a 5\n")
    page = visit(address, "Your table")
    upload(page, tmp_path / "one.csv", "1 row")
    predict(page)
    page.locator(
        "#table-file button[aria-label='Clear'], #table-file button[aria-label='Remove']"
    ).first.click()
    page.locator("#batch-summary", has_text="appear here").wait_for(timeout=WAIT)
    assert page.is_disabled("#batch-start") and page.is_disabled("#batch-csv")
    upload(page, tmp_path / "two.csv", "1 row")
    predict(page)


def test_a_narrow_page_does_not_scroll_sideways(address, visit, tmp_path):
    columns = {f"column number {n}": ["word " * 30] for n in range(9)} | {
        "text": ["long " * 90 + "5"],
        "stars": ["1"],
    }
    pd.DataFrame(columns).to_csv(tmp_path / "wide.csv", index=False)
    page = visit(address, "Your table", viewport={"width": 390, "height": 844})
    upload(page, tmp_path / "wide.csv", "1 row")
    predict(page)
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
