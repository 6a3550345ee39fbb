"""The report says what the page says, on one sheet, and the same publication gives the same file."""

import re
from dataclasses import replace
from io import BytesIO
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import altair as alt
import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest

from pages.components import overview_figures, overview_pictures, overview_shop, overview_words
from pipelines import publish
from pipelines.errors import InputError
from report import overview, page, paper, write_overview
from report.charts import drawn
from report.published import asked
from tests.warehouse_fixture import publish_warehouse

ROOT = Path(__file__).resolve().parents[1]
INK = paper.Ink(9)
SVG = "{http://www.w3.org/2000/svg}"
LISTS = ("risks", "experiments")
words_of_any_length = st.lists(st.text("abcdefgWÄ€.", min_size=1, max_size=14), min_size=1, max_size=40).map(" ".join)


def plain(text: str) -> str:
    """A text without line breaks and special blanks, as it is compared."""
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture(scope="module")
def shop(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        return overview_shop.gathered(asked(con))


@pytest.fixture(scope="module")
def report(shared_home, cli, tmp_path_factory) -> PdfReader:
    out = tmp_path_factory.mktemp("report") / "overview.pdf"
    cli("report", "--out", out, "--home", shared_home)
    return PdfReader(out)


@pytest.fixture(scope="module")
def text(report) -> str:
    return plain(report.pages[0].extract_text())


def test_it_is_one_page_of_a4_landscape_with_a_title(report, shop):
    assert len(report.pages) == 1
    box = report.pages[0].mediabox
    assert (float(box.width), float(box.height)) == (pytest.approx(841.89, abs=0.1), pytest.approx(595.28, abs=0.1))
    assert report.metadata.title == page.name(shop)
    assert report.trailer["/Root"]["/Lang"] == "en"


def fonts_and_pictures(resources) -> tuple[list, list]:
    """Every font and every picture made of pixels, also inside groups."""
    fonts = [font.get_object() for font in resources.get("/Font", {}).values()]
    images = []
    for part in (found.get_object() for found in resources.get("/XObject", {}).values()):
        if part["/Subtype"] == "/Image":
            images.append(part)
        elif "/Resources" in part:
            more = fonts_and_pictures(part["/Resources"].get_object())
            fonts, images = fonts + more[0], images + more[1]
    return fonts, images


def test_charts_are_vectors_and_our_fonts_are_inside(report):
    fonts, images = fonts_and_pictures(report.pages[0]["/Resources"])
    assert not images
    assert {font["/BaseFont"].split("+")[1] for font in fonts} == {"IBMPlexSans", "IBMPlexSans-SmBld"}
    for font in fonts:
        described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(described)


def test_every_figure_of_the_page_stands_in_it(text, shared_home, monkeypatch):
    monkeypatch.setenv("STAMMKUNDE_HOME", str(shared_home))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).switch_page("pages/overview.py").run()
    assert not app.exception
    assert len(app.metric) >= 5
    for tile in app.metric:
        assert f"{plain(tile.label)} {plain(tile.value.replace(chr(92), ''))}" in text


def test_sentence_findings_definitions_and_changes_stand_in_it(text, shop):
    pictures = [*overview_pictures.first_row(shop), *overview_pictures.second_row(shop)]
    told = [overview_words.TITLE, overview_words.sentence(shop), *(picture.title for picture in pictures)]
    for tile in overview_figures.tiles(shop):
        told += [page.beneath(tile), tile.help]
        assert (tile.change or "") in page.beneath(tile)
    told += [text for rows in (shop.risks, shop.experiments) for text in rows.get("title", [])]
    assert len(told) > 15
    for one in told:
        assert plain(one) in text


def test_no_customer_is_named(text, shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        people = con.execute("select customer_id, name from customer_list").df()
    known = set(people["customer_id"]) | set(people["name"].dropna())
    said = set(text.split()) | {" ".join(pair) for pair in zip(text.split(), text.split()[1:], strict=False)}
    assert len(known) > 1000
    assert not known & said


def test_the_same_publication_gives_the_same_file(shared_home, tmp_path):
    out, again = tmp_path / "a.pdf", tmp_path / "b.pdf"
    written = write_overview(shared_home, out)
    write_overview(shared_home, again)
    assert out.read_bytes() == again.read_bytes()
    assert written.bytes == len(out.read_bytes())
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".pdf"] == []


def test_the_picture_is_sharp_and_not_empty(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        picture = Image.open(BytesIO(overview(con, "png")))
    assert picture.size[0] == 2246
    assert picture.size[0] / picture.size[1] == pytest.approx(297 / 210, abs=0.002)
    assert len(picture.convert("RGB").getcolors(10**6)) > 100


@pytest.mark.parametrize(
    ("name", "told"), [("list.csv", r"must end in \.pdf or \.png"), ("nowhere/a.pdf", "does not exist")]
)
def test_another_ending_or_folder_is_refused(shared_home, tmp_path, name, told):
    with pytest.raises(InputError, match=told):
        write_overview(shared_home, tmp_path / name)


def test_an_empty_home_names_the_command_to_run(tmp_path):
    with pytest.raises(InputError, match="python -m pipelines"):
        write_overview(tmp_path, tmp_path / "a.pdf")


def test_an_older_publication_names_the_command_to_run(tmp_path):
    publish_warehouse(tmp_path)
    with duckdb.connect(str(publish.require(tmp_path, "warehouse"))) as con:
        con.execute("drop table kpi_months")
    with pytest.raises(InputError, match="pipelines score"):
        write_overview(tmp_path, tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_long_texts_and_large_sums_stay_in_their_places(shop):
    long = "a shop whose segments are called by their whole story " * 9
    rows = {name: getattr(shop, name).assign(sentence=long, title="Six words for <one> risk & all") for name in LISTS}
    told, totals = {**shop.told, "sentence": long, "note": long}, {**shop.totals, "value_at_risk": 9_876_543.21}
    run = {**shop.run, "currency": "CHF"}
    sheet = page.drawn(replace(shop, run=run, told=told, totals=totals, **rows))
    texts = [element.attrib | {"text": element.text} for element in ElementTree.fromstring(sheet).findall(f"{SVG}text")]
    assert len(texts) > 80
    edge = paper.WIDTH - page.EDGE + 0.1
    for found in texts:
        width = paper.width_of(found["text"], paper.Ink(float(found["font-size"]), int(found["font-weight"])))
        assert float(found["x"]) + (width if found["text-anchor"] == "start" else 0) <= edge, found["text"]
    below = sorted({float(found["y"]) for found in texts if float(found["x"]) == page.EDGE})
    assert max(below) < paper.HEIGHT - 10
    for one, other in combinations(texts, 2):  # no line is written over another one of its column
        if one["x"] == other["x"]:
            assert abs(float(one["y"]) - float(other["y"])) > 7, (one["text"], other["text"])


def test_a_shop_too_young_for_any_picture_says_so(shop):
    nothing = {name: getattr(shop, name).head(0) for name in (*LISTS, "bridge", "cohorts", "steps", "moves", "scores",
                                                              "services", "loop", "kept", "forecast")}  # fmt: skip
    months = shop.months.tail(1).assign(is_running=True, retention_rate=float("nan"), nrr=float("nan"))
    young = replace(shop, **nothing, months=months, snapshots=shop.snapshots.head(0), moved=None, told={})
    sheet = page.drawn(young)
    assert "data too young" in sheet
    assert "Not measured" in sheet
    assert "mark-group" not in sheet  # no chart of nothing
    told = {"sentence": "Well.", "note": "No test yet."}
    assert page.drawn(replace(young, told=told)).count("No test yet.") == 2, "with the experiments, and at the foot"


@given(words_of_any_length, st.floats(60, 400), st.floats(0, 50))
def test_lines_fit_their_place_and_keep_every_word(text, width, indent):
    lines = paper.wrapped(text, INK, width, 10**6, indent)
    for place, line in enumerate(lines):
        assert paper.width_of(line, INK) <= width - (0 if place else indent) + 0.01 or line == "…"
    if all(paper.width_of(word, INK) <= width - indent for word in text.split(" ")):
        assert " ".join(lines) == text


@given(words_of_any_length, st.floats(80, 300), st.integers(1, 3))
def test_what_does_not_fit_ends_in_three_dots(text, width, most):
    whole, lines = paper.wrapped(text, INK, width, 10**6), paper.wrapped(text, INK, width, most)
    assert len(lines) <= most
    assert lines[-1].endswith("…") or lines == whole


def test_two_charts_on_a_sheet_share_no_name_and_use_the_pages_colours():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    chart = alt.Chart(frame).mark_bar(clip=True).encode(x="a:Q", y="b:N").configure_text(color="currentColor")
    names = [
        set(re.findall(r'\bid="([^"]+)"', drawn(chart, paper.Box(0, 0, 200, 100), name))) for name in ("one", "two")
    ]
    assert all(names)
    assert not names[0] & names[1]
    assert paper.theme()["chartCategoricalColors"][0] in drawn(chart, paper.Box(0, 0, 200, 100), "one")
