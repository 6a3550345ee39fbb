"""The suggested mapping: files as shops export them load without a word typed, and what is unsure is said."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines import preview, publish, uploads
from pipelines.column_names import column_nearness, table_nearness
from pipelines.contract import TABLES
from pipelines.mapping import load_mapping
from pipelines.sample import write_sample
from pipelines.upload_draft import Draft, read_draft
from pipelines.upload_look import file_pattern
from tests.ingest_cases import rows
from tests.upload_cases import SETTINGS, dropped, dropped_as, german_shop, loaded, suggested

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FEES = (
    "('ADJUST','ADJUST2','AMAZONFEE','B','BANK CHARGES','C2','CRUK','D','DOT','M','m','POST','S','TEST001','TEST002')"
)


def exported(path: Path, select: str) -> bytes:
    """A CSV file of a query, as a shop's system would write it."""
    with duckdb.connect() as con:
        con.execute(f"copy ({select}) to '{path}' (header)")
    return path.read_bytes()


def totals(home: Path) -> tuple[int, int, float]:
    """Orders, customers and revenue that were loaded, without cancelled orders."""
    sql = "select count(*), count(distinct customer_id), sum(revenue) from orders where status = 'completed'"
    return rows(home, sql)[0]


def test_a_german_export_loads_as_it_is(tmp_path):
    content, revenue = german_shop()
    upload = dropped_as(tmp_path, {"Bestellungen 2023.csv": content})
    found, draft = suggested(upload)
    assert found[0].encoding == "cp1252"
    assert list(draft.tables) == ["orders", "order_lines", "products", "customers"]
    previews = preview.preview(upload, found, draft, SETTINGS)
    assert not [entry.problem for entry in previews.values() if entry.problem or entry.rejected]
    report = loaded(tmp_path, upload, found, draft)
    assert not sum(table.rows_rejected for table in report.tables)
    orders, customers, loaded_revenue = totals(tmp_path)
    assert (orders, customers) == rows(tmp_path, "select count(*), count(distinct customer_id) from orders where "
                                       "status <> 'cancelled'")[0]  # fmt: skip
    assert loaded_revenue == pytest.approx(revenue)
    assert rows(tmp_path, "select min(ordered_at), count(*) from orders")[0][1] == 600
    assert rows(tmp_path, "select name from products where product_id = 'A-0007'") == [("Größe „7“",)]
    assert {row[0] for row in rows(tmp_path, "select distinct country from customers")} == {"Österreich", "Deutschland"}


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not there: the public order logs were not tried.")
def test_the_gift_shops_lines_load_as_it_would_export_them(tmp_path):
    source = f"read_parquet('{SHARED / 'online_retail_ii_2010.parquet'}')"
    text = exported(
        tmp_path / "online_retail.csv",
        'select invoice as "Invoice", stock_code as "StockCode", description as "Description", quantity as "Quantity", '
        'strftime(invoice_date, \'%d/%m/%Y %H:%M\') as "InvoiceDate", price as "Price", '
        'case when customer_id is not null then customer_id || \'.0\' end as "Customer ID", country as "Country" '
        f"from {source}",
    )
    upload = dropped_as(tmp_path / "home", {"Online Retail.csv": text})
    found, draft = suggested(upload)
    loaded(tmp_path / "home", upload, found, draft)
    with duckdb.connect() as con:
        true = con.execute(
            f"select count(distinct invoice), count(distinct customer_id), sum(quantity * price) from {source} where "
            "customer_id is not null and invoice not like 'C%' and quantity > 0 and price > 0 "
            f"and stock_code not in {FEES}"
        ).fetchall()[0]
    orders, customers, revenue = totals(tmp_path / "home")
    assert (orders, customers) == true[:2]
    assert revenue == pytest.approx(true[2])
    assert rows(tmp_path / "home", "select sum(quantity * unit_price) from order_lines")[0][0] == pytest.approx(true[2])
    assert rows(tmp_path / "home", "select min(customer_id) from orders")[0][0].isdigit()


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not there: the public order logs were not tried.")
def test_the_music_shops_purchases_load_as_it_would_export_them(tmp_path):
    source = f"read_parquet('{SHARED / 'cdnow.parquet'}')"
    select = f"select customer_id as customer, date::date as date, quantity, amount from {source}"
    upload = dropped_as(tmp_path / "home", {"cdnow.csv": exported(tmp_path / "cdnow.csv", select)})
    found, draft = suggested(upload)
    report = loaded(tmp_path / "home", upload, found, draft)
    with duckdb.connect() as con:
        true = con.execute(f"select count(*), count(distinct customer_id), sum(amount) from {source}").fetchall()[0]
    orders, customers, revenue = totals(tmp_path / "home")
    assert (orders, customers) == true[:2]
    assert revenue == pytest.approx(true[2])
    assert [table.table_name for table in report.tables if table.is_present] == ["orders"]


def test_a_source_in_the_contracts_own_words_is_taken_as_it_is(tmp_path):
    folder = tmp_path / "shop"
    write_sample(60, 3, folder, "csv")
    upload = dropped_as(tmp_path, {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))})
    found, draft = suggested(upload)
    assert set(draft.tables) == {path.stem for path in folder.glob("*.csv")}
    for name, table in draft.tables.items():
        assert all(column == source for column, source in table.columns.items()), name
        assert not table.expressions
        assert table.condition() is None
    previews = preview.preview(upload, found, draft, SETTINGS)
    assert not [entry.problem for entry in previews.values() if entry.problem]


@pytest.mark.parametrize(
    ("table", "column", "names"),
    [
        (
            "orders",
            "customer_id",
            ["Kunden-Nr.", "CUSTOMER_NUMBER", "kdnr", "Debitorennummer", "CustomerId", "Kundennumer"],
        ),
        ("orders", "ordered_at", ["Bestelldatum", "Order Date", "created_at", "DATUM", "Invoice Date"]),
        ("orders", "revenue", ["Gesamtbetrag (EUR)", "Order Total", "Umsatz", "grand_total"]),
        ("orders", "order_id", ["Bestellnummer", "Beleg-Nr", "InvoiceNo", "Order ID"]),
        ("order_lines", "unit_price", ["Stückpreis", "Unit Price", "Einzelpreis"]),
        ("products", "unit_cost", ["EK", "Einkaufspreis", "cost price"]),
    ],
)
def test_usual_names_in_two_languages_are_known(table, column, names):
    for name in names:
        near = {other.name: column_nearness(table, other.name, name) for other in TABLES[table].columns}
        assert max(near, key=near.get) == column, (name, near)
        assert near[column] >= 0.6
        assert column_nearness(table, column, "Haustier") == 0


def test_files_are_known_by_their_names():
    for table, name in (
        ("orders", "Bestellungen_2024"),
        ("customers", "Kundenstamm"),
        ("support_tickets", "tickets-export"),
    ):
        assert max(TABLES, key=lambda other, name=name: table_nearness(other, name)) == table


def lines(header: str, form: str, count: int = 400, **_: object) -> str:
    """Orders whose days are all 12 or less, so that day and month look alike; they run forward in time."""
    chance, moment, out = random.Random(1), datetime(2024, 1, 1), [header]
    for number in range(count):
        moment += timedelta(hours=chance.randint(1, 9))
        if moment.day > 12:
            moment = (moment.replace(day=1) + timedelta(days=32)).replace(day=1)
        out.append(f"{number},k{number % 37},{moment.strftime(form)},{chance.randint(10, 99)}.50")
    return "\n".join(out) + "\n"


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%d/%m/%Y %H:%M", "%m/%d/%y"])
def test_days_and_months_that_look_alike_are_told_by_the_order_of_the_rows(tmp_path, form):
    upload = dropped(tmp_path, orders_csv=lines("order_id,customer_id,date,total", form))
    _, draft = suggested(upload)
    orders = draft.tables["orders"]
    assert orders.timestamp_format == {"ordered_at": form}
    assert "forward" in orders.notes["ordered_at"].reason or "order of time" in orders.notes["ordered_at"].reason


def test_what_nobody_can_tell_is_asked(tmp_path):
    text = "order_id,customer_id,date,total\n" + "".join(f"{n},k{n % 5},05/05/2024,9.50\n" for n in range(50))
    _, draft = suggested(dropped(tmp_path, orders_csv=text))
    assert draft.tables["orders"].notes["ordered_at"].confidence < 0.6
    assert "which comes first" in draft.tables["orders"].notes["ordered_at"].reason


def test_columns_without_a_name_that_helps_are_told_from_their_values(tmp_path):
    text = "x1,x2,x3\n" + "".join(f"a{n % 30},2024-02-{n % 27 + 1:02d},{n}.25\n" for n in range(200))
    upload = dropped(tmp_path, export_csv=text)
    found, draft = suggested(upload)
    orders = draft.tables["orders"]
    assert orders.columns == {"customer_id": "x1", "ordered_at": "x2", "revenue": "x3"}
    assert all(note.confidence < 0.6 for name, note in orders.notes.items() if name in orders.columns)
    assert loaded(tmp_path, upload, found, draft).tables[0].rows_loaded == 200


def test_a_total_that_repeats_on_each_line_is_not_counted_twice(tmp_path):
    text = "order_id,customer_id,order_date,sku,order_total\n" + "".join(
        f"o{n},k{n % 20},2024-03-{n % 28 + 1:02d},s{line},{n}.50\n" for n in range(100) for line in range(n % 3 + 1)
    )
    upload = dropped(tmp_path, orders_csv=text)
    found, draft = suggested(upload)
    loaded(tmp_path, upload, found, draft)
    assert totals(tmp_path)[2] == pytest.approx(sum(n + 0.5 for n in range(100)))


def test_amounts_with_a_currency_sign_are_read(tmp_path):
    text = "Bestellnummer;Kunde;Datum;Summe\n" + "".join(
        f"{n};k{n % 20};{n % 28 + 1:02d}.03.2024;1.{n:03d},50 €\n" for n in range(100)
    )
    upload = dropped(tmp_path, bestellungen_csv=text)
    found, draft = suggested(upload)
    loaded(tmp_path, upload, found, draft)
    assert totals(tmp_path)[2] == pytest.approx(sum(1000.5 + n for n in range(100)))


def test_a_dry_run_names_rows_and_reasons_before_anything_is_loaded(tmp_path):
    good = "".join(f"o{n},k{n % 20},2024-03-{n % 28 + 1:02d},{n}.50\n" for n in range(98))
    upload = dropped(
        tmp_path, orders_csv=f"order_id,customer_id,ordered_at,revenue\n{good}o98,k1,soon,5\no99,k1,2024-03-01,-5\n"
    )
    found, draft = suggested(upload)
    orders = draft.tables["orders"].changed(filters=())
    told = preview.preview(upload, found, Draft(tables={"orders": orders}), SETTINGS)["orders"]
    assert (told.rows, told.rejected, told.loaded, told.problem) == (100, 2, 98, "")
    assert told.rejects[["row_number", "column_name"]].values.tolist() == [[99, "ordered_at"], [100, "revenue"]]
    assert len(told.first) == preview.SHOWN_ROWS
    missing = orders.changed(columns={"order_id": "order_id", "customer_id": "ordered_at", "revenue": "revenue"})
    broken = preview.preview(upload, found, Draft(tables={"orders": missing}), SETTINGS)["orders"]
    assert broken.problem or broken.rows
    assert publish.current(tmp_path, "source") is None


@pytest.mark.parametrize(
    "sql",
    [
        "read_text('/etc/passwd')", "(select 1)", "getenv('HOME')", "(from read_csv('/etc/passwd'))", "1; drop table x",
        "current_setting('home_directory')", "(select content from read_blob('/etc/passwd'))", "glob('/*')",
    ],
)  # fmt: skip
def test_expressions_see_one_row_and_nothing_else(tmp_path, sql):
    upload = dropped(
        tmp_path, orders_csv="order_id,customer_id,ordered_at,revenue\n1,2,2024-01-01,3\n2,2,2024-01-02,3\n"
    )
    found, draft = suggested(upload)
    table = draft.tables["orders"]
    for changed in (table.changed(expressions={"channel": sql}), table.changed(where=f"{sql} is not null")):
        told = preview.preview(upload, found, Draft(tables={"orders": changed}), SETTINGS)["orders"]
        assert told.problem
        assert "root:" not in told.problem + told.first.to_string()


def test_the_workspace_of_a_preview_opens_no_files(tmp_path):
    upload = dropped(
        tmp_path, orders_csv="order_id,customer_id,ordered_at,revenue\n1,2,2024-01-01,3\n2,3,2024-01-02,3\n"
    )
    found, _ = suggested(upload)
    with preview.workspace(upload, found) as (con, tables):
        assert con.execute(f"select count(*) from {tables[found[0].key]}").fetchall() == [(2,)]
        for sql in ("from read_text('/etc/passwd')", "attach '/tmp/x.db'", "copy (select 1) to '/tmp/x.csv'",
                    "set enable_external_access = true", "from found"):  # fmt: skip
            with pytest.raises(duckdb.Error):
                con.execute(sql)


def test_the_written_mapping_says_what_was_chosen(tmp_path):
    content, _ = german_shop(60)
    upload = dropped_as(tmp_path, {'Bestell"ungen\\.csv': content})
    found, draft = suggested(upload)
    assert read_draft(draft.model_dump_json()) == draft
    assert read_draft('{"tables": 5}') is None
    odd = draft.tables["orders"].changed(where='"Artikelbezeichnung" <> \'a\\b\n"ü\u007f\'', group_by_order=True)
    loaded(tmp_path, upload, found, draft.with_table("orders", odd))
    mapping = load_mapping(upload.folder / "mapping.toml")["orders"]
    assert mapping.columns["customer_id"] == "Kundennummer"
    assert mapping.where == f"({odd.where})"
    assert (mapping.decimal, mapping.encoding, mapping.group_by_order) == (",", "cp1252", True)
    assert uploads.find(tmp_path, upload.id).loaded_at


def test_a_column_that_was_unchosen_stays_out(tmp_path):
    text = "order_id,customer_id,ordered_at,revenue,channel\n" + "".join(
        f"{n},{n % 7},2024-01-{n % 28 + 1:02d},3,web\n" for n in range(30)
    )
    upload = dropped(tmp_path, orders_csv=text)
    found, draft = suggested(upload)
    table = draft.tables["orders"]
    assert "channel" in table.columns
    without = table.changed(columns={name: source for name, source in table.columns.items() if name != "channel"})
    loaded(tmp_path, upload, found, draft.with_table("orders", without))
    assert rows(tmp_path, "select count(channel), count(*) from orders") == [(0, 30)]


@pytest.mark.parametrize(
    "names", [("orders_2023.csv", "orders_2024.csv"), ("2023-Q1 Bestellungen.csv", "2023-Q2 Bestellungen.csv")]
)
def test_files_with_the_same_columns_are_one_table(tmp_path, names):
    head = "Kunde;Datum;Betrag\n"
    files = {name: head + "".join(f"k{n % 9};{n % 28 + 1:02d}.03.{2023 + at};{n},50\n" for n in range(60))
             for at, name in enumerate(names)}  # fmt: skip
    upload = dropped_as(tmp_path, {**files, "Kunden.csv": "Kunde;Land\n" + "".join(f"k{n};DE\n" for n in range(9))})
    found, draft = suggested(upload)
    assert [len(relation.files) for relation in found] == [2, 1]
    report = loaded(tmp_path, upload, found, draft)
    assert [(table.table_name, table.rows_loaded) for table in report.tables if table.is_present] == [
        ("orders", 120), ("customers", 9),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "others", "pattern"),
    [
        (["orders_2023.csv", "orders_2024.csv"], [], "orders_*.csv"),
        (["orders_2023.csv", "orders_2024.csv"], ["orders_old.csv"], None),
        (["2023 orders.csv", "2024 orders.csv"], [], "* orders.csv"),
        (["a.csv", "b.csv"], [], None),
        (["orders.csv"], [], None),
    ],
)
def test_a_pattern_fits_exactly_its_files(names, others, pattern):
    assert file_pattern(names, [*names, *others]) == pattern
