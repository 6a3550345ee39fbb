"""Dropped files are told from their content, kept small and harmless under home, looked at elsewhere, and forgotten."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from pipelines import uploads
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.forget import forget_customer
from pipelines.settings_sections import Uploads
from pipelines.upload_look import look
from tests.ingest_cases import good, orders
from tests.upload_cases import SETTINGS, dropped, dropped_as, loaded, seen, suggested

PLAIN = orders(*good(40))


def workbook(**sheets: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    with pd.ExcelWriter(sink, engine="xlsxwriter") as writer:
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False)
    return sink.getvalue()


def zipped(**parts: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return sink.getvalue()


def parquet() -> bytes:
    sink = io.BytesIO()
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).to_parquet(sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("x.exe", PLAIN.encode(), "csv"),
        ("orders.csv", parquet(), "parquet"),
        ("orders.parquet", workbook(one=pd.DataFrame({"a": [1], "b": [2]})), "xlsx"),
        ("orders", b'{"a": 1, "b": 2}\n{"a": 2, "b": 3}\n', "json"),
        ("orders.csv", "a;b\nä;ö\n".encode("utf-16"), "csv"),
        ("orders.csv", ("a;b\n" + "1;2\n" * 50).encode("utf-16-le"), "csv"),
    ],
)
def test_a_file_is_what_it_holds_whatever_it_is_called(tmp_path, name, content, kind):
    upload = dropped_as(tmp_path, {name: content})
    (file,) = upload.files
    assert file.kind == kind
    (found,) = seen(upload)
    assert not found.problem
    assert found.rows >= 1


BOMB = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>", "xl/worksheets/sheet1.xml": b"0" * 30_000_000}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n ", "is empty"),
        (b"MZ\x90\x00" + b"\x00" * 100, "a Windows program"),
        (b"\x7fELF\x02\x01" + b"\x00" * 100, "a Linux program"),
        (b"#!/bin/sh\nrm -rf /\n", "a script"),
        (b"<html><table></table></html>", "a web page"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "save it as .xlsx"),
        (b"%PDF-1.7 a,b\n1,2\n", "a PDF"),
        (b"\x1f\x8b\x08\x00", "unpack it"),
        (b"PK\x03\x04 broken", "broken zip"),
        (zipped(**{"evil.sh": b"#!/bin/sh"}), "no workbook"),
        (zipped(**BOMB), "would unpack to 30 MB"),
        (b"a,b\n1,\x00\x07\x02\n", "holds no text"),
        (parquet()[:-20], "cut off"),
        (b'[{"a": 1}]', "one JSON list"),
    ],
)
def test_what_is_no_table_is_refused_and_not_kept(tmp_path, content, words):
    upload = uploads.begin(tmp_path, "anna", SETTINGS)
    with pytest.raises(InputError, match=words):
        uploads.add(upload, "orders.csv", io.BytesIO(content), SETTINGS)
    assert [path.name for path in upload.folder.iterdir()] == [uploads.NOTES]


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x.csv", "..\\..\\x.csv", "/etc/passwd", ".mapping.toml", "mapping.toml", "\x00\n.csv",
             "CON.csv", "a" * 400 + ".csv", "~.csv", "é;$(touch x)`.csv", ""]
)  # fmt: skip
def test_no_name_leads_out_of_the_uploads_folder(tmp_path, name):
    home = tmp_path / "home"
    upload = dropped_as(home, {name: PLAIN})
    (file,) = upload.files
    written = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {upload.folder / file.name, upload.folder / uploads.NOTES}
    assert not file.name.startswith(".")
    assert file.name.endswith(".csv")
    assert set(file.name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZé0123456789_- .")
    assert len(file.name) < 100


def test_two_files_of_one_name_are_both_kept(tmp_path):
    upload = dropped_as(tmp_path, {"a/x.csv": PLAIN, "b/x.csv": PLAIN.replace("g1,", "h1,")})
    assert len({file.name for file in upload.files}) == 2


def test_an_upload_is_limited_as_a_whole(tmp_path):
    small = Settings(uploads=Uploads(max_mb=1))
    upload = uploads.begin(tmp_path, "anna", small)
    upload = uploads.add(upload, "a.csv", io.BytesIO(b"a,b\n" + b"1,2\n" * 200_000), small)
    with pytest.raises(InputError, match="too large: the files of one upload may take 1 MB"):
        uploads.add(upload, "b.csv", io.BytesIO(b"a,b\n" + b"1,2\n" * 100_000), small)
    assert {path.name for path in upload.folder.iterdir()} == {"a.csv", uploads.NOTES}


@pytest.mark.parametrize("wrong", ["", "..", "../x", "0123456789abcdef", "0123456789ABCDEF", "a" * 16 + "/.."])
def test_an_address_opens_uploads_only(tmp_path, wrong):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / uploads.NOTES).write_text("{}")
    with pytest.raises(InputError, match="not there"):
        uploads.find(tmp_path, wrong)


def test_links_are_not_followed(tmp_path):
    home = tmp_path / "home"
    upload = dropped(home, orders_csv=PLAIN)
    (home / "uploads" / ("f" * 16)).symlink_to(upload.folder)
    with pytest.raises(InputError):
        uploads.find(home, "f" * 16)
    assert [found.id for found in uploads.all_of(home)] == [upload.id]
    secret = tmp_path / "secret.csv"
    secret.write_text(PLAIN)
    (upload.folder / "orders.csv").unlink()
    (upload.folder / "orders.csv").symlink_to(secret)
    (found,) = seen(upload)
    assert "no longer there" in found.problem


def test_old_unfinished_uploads_go_and_few_loaded_ones_stay(tmp_path):
    kept = [dropped(tmp_path, orders_csv=PLAIN) for _ in range(5)]
    for upload in kept[:4]:
        uploads.loaded(upload, {"orders.csv"}, "[orders]\n")
    later = datetime.now(UTC) + timedelta(days=SETTINGS.uploads.keep_days + 1)
    assert uploads.prune(tmp_path, SETTINGS) == 4 - SETTINGS.runs.keep
    assert uploads.prune(tmp_path, SETTINGS, later) == 1
    assert len(uploads.all_of(tmp_path)) == SETTINGS.runs.keep


def test_a_file_that_no_table_uses_is_not_loaded_by_its_name(tmp_path):
    upload = dropped(tmp_path, orders_csv=PLAIN, customers_csv="customer_id,name\nc1,Anna\nc2,Ben\n")
    found, draft = suggested(upload)
    assert set(draft.tables) == {"orders", "customers"}
    report = loaded(tmp_path, upload, found, draft.with_table("customers", None))
    assert [table.table_name for table in report.tables if table.is_present] == ["orders"]
    again = loaded(tmp_path, uploads.find(tmp_path, upload.id), found, draft)  # and comes back when it is used
    assert [table.table_name for table in again.tables if table.is_present] == ["orders", "customers"]


WIDE = ",".join(f"c{n}" for n in range(10_000)) + "\n" + ",".join("1" for _ in range(10_000)) + "\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (WIDE, "10,000 columns"),
        ("a,b,a\n1,2,3\n", "the column a twice"),
        ("a,b,A\n1,2,3\n", "the same but for case"),
        ("just words\nand more\n", "one column only"),
    ],
)
def test_tables_that_cannot_be_mapped_say_why_under_their_own_name(tmp_path, text, words):
    (found,) = seen(dropped_as(tmp_path, {"Meine Datei?.csv": text}))
    assert words in found.problem
    assert "Meine Datei?.csv" in found.problem
    assert not found.sample


def test_a_huge_cell_spoils_its_line_alone(tmp_path):
    upload = dropped(tmp_path, orders_csv=PLAIN + "g99,c1,2024-03-01," + "9" * 3_000_000 + "\n")
    (found,) = seen(upload)
    assert (found.rows, found.bad_count) == (41, 1)
    assert found.bad_rows[0][0] == 41


def test_cells_with_formulas_stay_text(tmp_path):
    upload = dropped(tmp_path, orders_csv=PLAIN + "=cmd|' /C calc'!A1,=1+1,2024-03-01 10:00:00,5\n")
    found, draft = suggested(upload)
    report = loaded(tmp_path, upload, found, draft)
    assert report.tables[0].rows_loaded == 41


def test_sheets_of_one_kind_are_one_table(tmp_path):
    frames = [pd.DataFrame({"Order": [f"{y}{n}" for n in range(30)], "Customer": [f"k{n % 7}" for n in range(30)],
                            "Date": pd.Timestamp(y, 1, 1) + pd.to_timedelta(range(30), "D"), "Total": 5.5})
              for y in (2023, 2024)]  # fmt: skip
    book = workbook(y2023=frames[0], y2024=frames[1], notes=pd.DataFrame({"text": ["hello"], "by": ["Anna"]}))
    upload = dropped_as(tmp_path, {"shop.xlsx": book})
    found, draft = suggested(upload)
    assert [relation.sheets for relation in found] == [("y2023", "y2024"), ("notes",)]
    assert loaded(tmp_path, upload, found, draft).tables[0].rows_loaded == 60


def test_a_reader_that_needs_too_much_breaks_alone(tmp_path):
    upload = dropped(tmp_path, orders_csv=PLAIN)
    assert [found.rows for found in look(upload)] == [40]
    (upload.folder / uploads.LOOK / "found.json").unlink()
    (upload.folder / uploads.LOOK).rename(tmp_path / "elsewhere")
    (upload.folder / uploads.LOOK).write_text("a file where a folder must be")
    with pytest.raises(InputError, match="could not be looked at"):
        look(upload)


def test_forgetting_removes_uploads(tmp_path):
    upload = dropped_as(tmp_path, {"x.csv": PLAIN.replace("customer_id", "Kunde").replace("c1,", "Kim-77,")})
    _, draft = suggested(upload)
    uploads.keep_draft(upload, draft.model_dump_json())
    with pytest.raises(InputError, match="No customer 'nobody'"):
        forget_customer(tmp_path, "nobody", SETTINGS, "run")
    assert uploads.find(tmp_path, upload.id).files
    assert forget_customer(tmp_path, "Kim-77", SETTINGS, "run").uploads_emptied == 1
    assert [path.name for path in upload.folder.iterdir()] == [uploads.NOTES]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"Kim-77" in path.read_bytes()]
    assert "erased" in (uploads.find(tmp_path, upload.id).removed or "")


def test_the_notes_of_an_upload_come_back_as_they_were(tmp_path):
    upload = dropped(tmp_path, orders_csv=PLAIN)
    assert uploads.find(tmp_path, upload.id) == replace(upload)
    assert uploads.remove(upload, "orders.csv").files == ()
    assert not (upload.folder / "orders.csv").exists()
    uploads.discard(upload)
    assert not Path(upload.folder).exists()
