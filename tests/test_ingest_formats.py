"""One shop, many file formats: whatever the files are, the loaded tables are the same."""

import json

import duckdb
import pytest

from pipelines.config import Ingest, Settings
from pipelines.errors import InputError
from tests.ingest_cases import content, good, load, orders, rows, write

ORDERS = [
    (
        f"{i:04d}",
        f"Kundin Ä{i % 7}",
        f"2024-03-{i % 28 + 1:02d} 10:{i % 60:02d}:00",
        i * 1.25,
        "Grün, 5 %" if i % 3 else None,
    )
    for i in range(120)
]
LINES = [(f"{i:04d}", f"p{j}", j + 1, 9.99, bool(j)) for i in range(120) for j in range(2)]
CUSTOMERS = [(f"Kundin Ä{i}", f'N "{i}"', i % 2 == 0, i * 10.5 if i else None) for i in range(7)]
TABLES = {
    "orders": (["order_id", "customer_id", "ordered_at", "revenue", "coupon"], ORDERS),
    "order_lines": (["order_id", "product_id", "quantity", "unit_price", "extra"], LINES),
    "customers": (["customer_id", "name", "is_business", "loyalty_points"], CUSTOMERS),
}


def text_of(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',;"\t\n') else text


def as_text(folder, sign=",", encoding="utf-8", suffix=".csv", newline="\n"):
    for name, (columns, lines) in TABLES.items():
        body = [sign.join(columns), *(sign.join(map(text_of, line)) for line in lines)]
        (folder / f"{name}{suffix}").write_bytes((newline.join(body) + newline).encode(encoding))


def as_json_lines(folder, suffix=".jsonl"):
    for name, (columns, lines) in TABLES.items():
        body = [json.dumps(dict(zip(columns, line, strict=True)), ensure_ascii=False) for line in lines]
        (folder / f"{name}{suffix}").write_text("\n".join(body) + "\n", encoding="utf-8")


def relation(con, name):
    columns, lines = TABLES[name]
    marks = ", ".join("?" * len(columns))
    kinds = {"ordered_at": "timestamp", "revenue": "double", "unit_price": "decimal(9, 2)", "quantity": "integer"}
    kinds |= {"extra": "boolean", "is_business": "boolean", "loyalty_points": "double"}
    typed = ", ".join(f"{column} {kinds.get(column, 'varchar')}" for column in columns)
    con.execute(f"create table {name} ({typed})")
    con.executemany(f"insert into {name} values ({marks})", [list(line) for line in lines])


def as_parquet(folder):
    with duckdb.connect() as con:
        for name in TABLES:
            relation(con, name)
            con.execute(f"copy {name} to '{folder}/{name}.parquet'")


def as_parquet_folders(folder):
    with duckdb.connect() as con:
        for name in TABLES:
            relation(con, name)
            (folder / name).mkdir()
            for part in range(3):
                sql = f"select * from {name} where rowid // 90 = {part} or (rowid >= 270 and {part} = 2)"
                con.execute(f"copy ({sql}) to '{folder}/{name}/part{part}.parquet'")


def as_csv_folders(folder):
    as_text(folder)
    for name in TABLES:
        header, *lines = (folder / f"{name}.csv").read_text().splitlines()
        (folder / name).mkdir()
        (folder / name / "a.csv").write_text("\n".join([header, *lines[:5]]) + "\n")
        (folder / name / "b.csv").write_text("\n".join([header, *lines[5:]]))
        (folder / f"{name}.csv").unlink()


def as_xlsx(folder):
    import xlsxwriter

    for name, (columns, lines) in TABLES.items():
        with xlsxwriter.Workbook(str(folder / f"{name}.xlsx")) as book:
            sheet = book.add_worksheet()
            for number, line in enumerate([columns, *lines]):
                sheet.write_row(number, 0, line)


WRITERS = {
    "semicolon": lambda folder: as_text(folder, ";"),
    "tab": lambda folder: as_text(folder, "\t", suffix=".tsv"),
    "pipe": lambda folder: as_text(folder, "|", suffix=".txt"),
    "byte order mark": lambda folder: as_text(folder, encoding="utf-8-sig"),
    "utf-16": lambda folder: as_text(folder, encoding="utf-16"),
    "windows line ends": lambda folder: as_text(folder, newline="\r\n"),
    "json lines": as_json_lines,
    "ndjson": lambda folder: as_json_lines(folder, ".ndjson"),
    "parquet": as_parquet,
    "parquet folders": as_parquet_folders,
    "csv folders": as_csv_folders,
    "xlsx": as_xlsx,
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What the plain CSV files load to."""
    folder = tmp_path_factory.mktemp("csv")
    as_text(folder)
    report = load(folder / "home", folder)
    assert [report.table(name).rows_loaded for name in TABLES] == [len(lines) for _, lines in TABLES.values()]
    return content(folder / "home"), report.data_hash


@pytest.mark.parametrize("name", WRITERS)
def test_format_loads_the_same_tables(tmp_path, expected, name):
    WRITERS[name](tmp_path)
    report = load(tmp_path / "home", tmp_path)
    assert content(tmp_path / "home") == expected[0]
    assert report.data_hash == expected[1]
    assert all(table.rows_rejected == 0 for table in report.tables)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16-le", "mac-roman"])
def test_encoding_of_the_mapping_is_used(tmp_path, expected, encoding):
    as_text(tmp_path, encoding=encoding)
    (tmp_path / "mapping.toml").write_text("".join(f'[{name}]\nencoding = "{encoding}"\n' for name in TABLES))
    load(tmp_path / "home", tmp_path)
    assert content(tmp_path / "home") == expected[0]


def test_encoding_nobody_knows(tmp_path):
    source = write(tmp_path / "in", orders=orders(*good(3)), mapping='[orders]\nencoding = "klingon"\n')
    with pytest.raises(InputError, match="no encoding 'klingon'"):
        load(tmp_path / "home", source)


def test_delimiter_is_recognised_by_more_than_the_header(tmp_path):
    text = 'order_id;customer_id;ordered_at;revenue;"a,b,c,d,e,f"\n1;a;2024-01-01;5;x\n'
    report = load(tmp_path / "home", write(tmp_path / "in", orders=text)).table("orders")
    assert (report.rows_loaded, report.ignored_columns) == (1, "a,b,c,d,e,f")


def test_delimiter_of_the_mapping_is_used(tmp_path):
    text = orders(*good(3)).replace(",", "::")
    source = write(tmp_path / "in", orders=text, mapping='[orders]\ndelimiter = "::"\n')
    assert load(tmp_path / "home", source).table("orders").rows_loaded == 3


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends_may_be_mixed(tmp_path, end):
    lines = orders(*good(10)).splitlines()
    source = write(tmp_path / "in", orders="")
    (source / "orders.csv").write_bytes(
        (lines[0] + "\r\n" + "\n".join(lines[1:5]) + end + end.join(lines[5:])).encode()
    )
    report = load(tmp_path / "home", source).table("orders")
    assert (report.rows_loaded, report.rows_rejected) == (10, 0)


def test_files_of_one_table_may_have_their_columns_in_another_order(tmp_path):
    source = write(
        tmp_path / "in" / "orders", a=orders(*good(3)), b="revenue;ordered_at;customer_id;order_id\n5;2024-01-01;a;x\n"
    )
    assert load(tmp_path / "home", source.parent).table("orders").rows_loaded == 4
    assert rows(tmp_path / "home", "select revenue from orders where order_id = 'x'") == [(5.0,)]


def test_line_that_is_no_json_object_is_rejected_with_its_number(tmp_path):
    good_line = '{"order_id": 7, "customer_id": "a", "ordered_at": "2024-01-01", "revenue": 5}'
    lines = [good_line, '{"order_id": 8,', "[1, 2]", good_line.replace("7", "9")]
    (tmp_path / "orders.jsonl").write_text("\n".join(lines) + "\n")
    load(tmp_path / "home", tmp_path, Settings(ingest=Ingest(max_reject_share=1)))
    assert rows(tmp_path / "home", "select order_id from orders order by 1") == [("7",), ("9",)]
    found = rows(tmp_path / "home", "select row_number, reason from rejects")
    assert found == [(2, "the line is no JSON object"), (3, "the line is no JSON object")]


def test_number_of_a_workbook_is_text_without_a_point_where_text_is_wanted(tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "orders.xlsx")) as book:
        sheet = book.add_worksheet("any name")
        sheet.write_row(0, 0, ["order_id", "customer_id", "ordered_at", "revenue"])
        sheet.write_row(1, 0, [489434, "C1", "2024-01-01", 5])
        sheet.write_row(2, 0, ["C489435", 13085.0, "2024-01-02", 6.5])
    load(tmp_path / "home", tmp_path)
    found = rows(tmp_path / "home", "select order_id, customer_id, revenue from orders order by revenue")
    assert found == [("489434", "C1", 5.0), ("C489435", "13085", 6.5)]


def test_sheet_that_is_not_there_names_those_that_are(tmp_path):
    as_xlsx(tmp_path)
    (tmp_path / "mapping.toml").write_text('[orders]\nsheet = "Bestellungen"\n')
    with pytest.raises(InputError, match=r"orders.xlsx has no sheet Bestellungen. It has: Sheet1"):
        load(tmp_path / "home", tmp_path)


def test_ids_stored_as_real_numbers_and_days_as_dates(tmp_path):
    sql = "select 1.0::double as order_id, 7.0::float as customer_id, date '2024-01-02' as ordered_at, 5.00 as revenue"
    duckdb.sql(sql).write_parquet(str(tmp_path / "orders.parquet"))
    load(tmp_path / "home", tmp_path)
    found = rows(tmp_path / "home", "select order_id, customer_id, ordered_at::varchar, revenue from orders")
    assert found == [("1", "7", "2024-01-02 00:00:00", 5.0)]


def test_parquet_of_a_time_zone_is_loaded_as_utc(tmp_path):
    sql = "select 'a' as order_id, 'b' as customer_id, timestamptz '2024-01-02 03:00:00+02' as ordered_at, 5 as revenue"
    duckdb.sql(sql).write_parquet(str(tmp_path / "orders.parquet"))
    load(tmp_path / "home", tmp_path)
    assert rows(tmp_path / "home", "select ordered_at::varchar from orders") == [("2024-01-02 01:00:00",)]
