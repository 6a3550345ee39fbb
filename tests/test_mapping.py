"""The mapping file: a shop's own columns become the contract's, and every mistake in it is told by section and key."""

from datetime import datetime
from pathlib import Path

import pytest

from pipelines.config import Ingest, Settings
from pipelines.errors import InputError
from tests.ingest_cases import good, load, orders, rows, write

TOLERANT = Settings(ingest=Ingest(max_reject_share=1.0))
SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
MAPPINGS = Path(__file__).parent.parent / "docs" / "mappings"
RETAIL = """Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID
489434,A,2,01.12.2009 07:45,"6,95",13085
489434,B,10,01.12.2009 07:45,"1.000,50",13085
489434,A,1,01.12.2009 07:44,"5,45",13085
C48943,A,-1,02.12.2009 07:45,"6,95",13085
489435,A,1,31.12.2009 07:45,"6,95",
489436,A,1,03.12.2009 07:45,abc,13086
489437,B,3,03.12.2009 07:46,"0,1",13086
"""
MAPPING = """
[orders]
file = "Online Retail.csv"
columns = { order_id = "Invoice", customer_id = "Customer ID", ordered_at = "InvoiceDate" }
expressions = { revenue = "Quantity * Price" }
where = "\\"Customer ID\\" is not null and Invoice not like 'C%'"
group_by_order = true
timestamp_format = "%d.%m.%Y %H:%M"
decimal = ","

[order_lines]
file = "Online Retail.csv"
columns = { order_id = "Invoice", product_id = "StockCode", quantity = "Quantity", unit_price = "Price" }
where = "\\"Customer ID\\" is not null and Invoice not like 'C%' and Quantity > 0"
group_by_order = true
decimal = ","
"""


def retail(tmp_path, mapping=MAPPING):
    source = write(tmp_path / "in", mapping=mapping)
    (source / "Online Retail.csv").write_text(RETAIL)
    return source


def test_lines_of_one_file_become_orders_and_order_lines(tmp_path):
    report = load(tmp_path / "home", retail(tmp_path), TOLERANT)
    found = rows(tmp_path / "home", "select order_id, customer_id, ordered_at::varchar, revenue from orders order by 1")
    assert found == [
        ("489434", "13085", "2009-12-01 07:44:00", 2 * 6.95 + 10 * 1000.5 + 5.45),
        ("489437", "13086", "2009-12-03 07:46:00", pytest.approx(0.3)),
    ]
    found = rows(tmp_path / "home", "select order_id, product_id, quantity, unit_price from order_lines order by 1, 2")
    assert found == [
        ("489434", "A", 3.0, pytest.approx((2 * 6.95 + 5.45) / 3)),
        ("489434", "B", 10.0, 1000.5),
        ("489437", "B", 3.0, 0.1),
    ]
    told = report.table("orders")
    assert (told.rows_read, told.rows_filtered, told.rows_merged, told.rows_loaded, told.rows_rejected) == (
        7,
        2,
        2,
        2,
        1,
    )


def test_source_column_that_an_expression_cannot_read_is_named_in_the_reject(tmp_path):
    load(tmp_path / "home", retail(tmp_path), TOLERANT)
    found = rows(
        tmp_path / "home", "select distinct row_number, column_name, value from rejects where table_name = 'orders'"
    )
    assert found == [(6, "Price", "abc")]


def test_sum_of_an_order_must_not_be_negative_but_a_line_may(tmp_path):
    lines = ["1,a,2024-01-01,10", "1,a,2024-01-01,-4", "2,a,2024-01-01,-1", "2,a,2024-01-01,0"]
    source = write(tmp_path / "in", orders=orders(*lines), mapping="[orders]\ngroup_by_order = true\n")
    report = load(tmp_path / "home", source, TOLERANT).table("orders")
    assert rows(tmp_path / "home", "select order_id, revenue from orders") == [("1", 6.0)]
    assert rows(tmp_path / "home", "select row_number, value, reason from rejects") == [
        (3, "-1.0", "must be 0 or more")
    ]
    assert report.rows_read == report.rows_loaded + report.rows_rejected + report.rows_merged


def test_row_number_makes_an_id_where_a_source_has_none(tmp_path):
    text = "customer_id,date,amount\n7,1997-01-12,12\n7,1997-01-12,77\n"
    mapping = "[orders]\ncolumns = { ordered_at = 'date', revenue = 'amount' }\n"
    mapping += "expressions = { order_id = \"customer_id || '-' || row_number\" }\n"
    load(tmp_path / "home", write(tmp_path / "in", orders=text, mapping=mapping))
    assert [row[0] for row in rows(tmp_path / "home", "select order_id from orders order by 1")] == ["7-1", "7-2"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Amount / 100", 12.5),
        ("case when Kind like 'R%' then 0 else Amount end", 1250),
        ("coalesce(Amount, 0) - Fee", 1248.5),
        ("greatest(Amount, Fee)", 1250),
        ("cast(Fee as double) * 2", 3),
        ("round(Fee)", 2),
        ("length(Code)", 5),
        ("year(Day)", 2024),
        ("if(Day >= date '2024-01-01', Fee, Amount)", 1.5),
        ("cast(split_part(Code, '-', 2) as double)", 7),
        ("date_diff('day', Day, timestamp '2024-02-15')", 2),
    ],
)
def test_text_column_is_converted_by_its_use(tmp_path, expression, expected):
    text = "order_id,customer_id,ordered_at,Amount,Fee,Kind,Code,Day\n1,a,2024-01-01,1250,1.5,sale,00A-7,13.02.2024\n"
    source = write(tmp_path / "in", orders=text, mapping=f'[orders]\nexpressions = {{ revenue = "{expression}" }}\n')
    load(tmp_path / "home", source)
    assert rows(tmp_path / "home", "select revenue from orders") == [(expected,)]


def test_grouped_digits_are_read_only_where_they_are_whole_groups(tmp_path):
    lines = ["1;a;2024-01-01;1.234,50", "2;a;2024-01-01;12.5", "3;a;2024-01-01;1.234.567", "4;a;2024-01-01;0,5"]
    text = "order_id;customer_id;ordered_at;revenue\n" + "\n".join(lines) + "\n"
    load(tmp_path / "home", write(tmp_path / "in", orders=text, mapping='[orders]\ndecimal = ","\n'), TOLERANT)
    found = rows(tmp_path / "home", "select order_id, revenue from orders order by 1")
    assert found == [("1", 1234.5), ("3", 1234567.0), ("4", 0.5)]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("[order]\n", r"no table \[order\]. Did you mean orders\? There are: orders"),
        ("[orders]\nfiel = 'x'\n", r"\[orders\]: there is no key fiel. Did you mean file\?"),
        ("[orders]\ncolumns = { order = 'x' }\n", r"\] columns: orders has no column order. Did you mean order_id\?"),
        ("[orders]\nexpressions = { total = 'x' }\n", r"\[orders\] expressions: orders has no column total"),
        ("[orders]\ncolumns = { order_id = 'Order' }\n", r"columns: orders.csv has no column Order \(for order_id\)"),
        ("[orders]\ncolumns.order_id = 'a'\nexpressions.order_id = 'b'\n", "stands in columns and in expressions"),
        ("[orders]\nwhere = 'Total > 5'\n", r"\[orders\] where: the source has no column Total. It has: order_id"),
        ("[orders]\nwhere = 'revenue >'\n", r"\[orders\] where: this is not an SQL expression"),
        ("[orders]\nwhere = 'customer_id'\n", r"\[orders\] where: 'customer_id' is no condition"),
        ("[orders]\ndecimal = ';'\n", r"\[orders\] decimal: Input should be"),
        ("[orders]\ndecimal = ','\nthousands = ','\n", "decimal and thousands are the same sign"),
        ("[orders]\nfile = 'nix.csv'\n", r"file = 'nix.csv' does not exist in .* It has: mapping.toml, orders.csv"),
        ("[orders]\nfile = '../orders.csv'\n", "must lie in the source folder"),
        ("[orders]\nquery = 'select 1'\n", "query works for databases only"),
        ("[surveys]\n", r"\[surveys\] is mapped, but .* has no file surveys"),
        ("[surveys]\ngroup_by_order = true\n", "group_by_order works for"),
        ("[orders\n", "mapping.toml cannot be read"),
    ],
)  # fmt: skip
def test_mistake_in_a_mapping_is_told_by_section_and_key(tmp_path, mapping, told):
    source = write(tmp_path / "in", orders=orders(*good(3)), mapping=mapping)
    with pytest.raises(InputError, match=told):
        load(tmp_path / "home", source)


@pytest.mark.parametrize(
    "expression",
    [
        "(select 1)",
        "revenue in (select 1)",
        "exists (select 1)",
        "read_csv('/etc/passwd')",
        "read_text('/etc/passwd')",
        "getenv('HOME')",
        "query('select 1')",
        "1; drop table orders",
        "revenue; select 1",
        "*",
        "columns('.*')",
        "count(*)",
        "current_setting('temp_directory')",
        "random()",
        "now()",
        "orders.revenue",
        "$1",
        "attach 'x'",
        "create table x as select 1",
        "list_transform([1], x -> x)",
        "no_such_function(revenue)",
    ],
)
@pytest.mark.parametrize("key", ["expressions = {{ revenue = '''{}''' }}", "where = '''{}'''"])
def test_expression_sees_nothing_but_its_row(tmp_path, expression, key):
    mapping = f"[orders]\n{key.format(expression)}\n"
    with pytest.raises(InputError, match=r"mapping.toml \[orders\] (expressions revenue|where)"):
        load(tmp_path / "home", write(tmp_path / "in", orders=orders(*good(3)), mapping=mapping))


def test_expression_with_wrong_types_is_an_input_error(tmp_path):
    source = write(tmp_path / "in", orders=orders(*good(3)), mapping="[orders]\nwhere = 'date_trunc(1, 2, 3)'\n")
    with pytest.raises(InputError, match=r"\[orders\]"):
        load(tmp_path / "home", source)


def test_mapping_given_by_hand_replaces_the_one_beside_the_files(tmp_path):
    source = write(tmp_path / "in", orders=orders(*good(3)), mapping="[nonsense]\n")
    other = tmp_path / "other.toml"
    other.write_text("[orders]\n")
    assert load(tmp_path / "home", source, mapping=other).table("orders").rows_loaded == 3
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "home", source, mapping=tmp_path / "nowhere.toml")


def test_single_file_needs_a_mapping_that_names_the_orders(tmp_path):
    source = retail(tmp_path)
    assert load(tmp_path / "home", source / "Online Retail.csv", TOLERANT).table("orders").rows_loaded == 2
    (source / "mapping.toml").unlink()
    with pytest.raises(InputError, match="single file, and no mapping"):
        load(tmp_path / "home", source / "Online Retail.csv")


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.toml")), ids=lambda path: path.stem)
def test_ready_mappings_are_valid_and_say_where_the_data_is_from(path):
    from pipelines.mapping import load_mapping

    assert "orders" in load_mapping(path)
    text = path.read_text()
    assert text.startswith("# ") and "python -m pipelines ingest" in text


def test_line_about_simulated_data_stands_where_complete_journey_is_offered():
    text = " ".join((MAPPINGS / "complete_journey.toml").read_text().replace("#", " ").split())
    assert "simulated data" in text and "should not be used for academic research, commercial decision-making" in text


def real(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not in {SHARED}")
    return path


def test_online_retail_of_2010(tmp_path):
    path = real("online_retail_ii_2010.parquet")
    report = load(tmp_path / "home", path, mapping=MAPPINGS / "online_retail_ii_2010.toml")
    assert report.table("customers").rows_loaded == 4_336
    assert all(table.rows_rejected == table.orphans == 0 for table in report.tables)
    goods, lines = rows(
        tmp_path / "home", "select sum(revenue), (select sum(quantity * unit_price) from order_lines) from orders"
    )[0]
    assert goods == pytest.approx(lines)


def test_workbook_of_online_retail_takes_the_days_in_both_sheets_once(tmp_path):
    import xlsxwriter

    names = ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"]
    both = [536365, "85123A", "LIGHT HOLDER", 6, datetime(2010, 12, 1, 8, 26), 2.55, 17850, "United Kingdom"]
    cancelled = ["C489449", 22087, "BUNTING", -12, datetime(2009, 12, 1, 10, 33), 2.95, 16321, "Australia"]
    sheets = {
        "Year 2009-2010": [
            [489434, 85048, "CHRISTMAS LIGHTS", 12, datetime(2009, 12, 1, 7, 45), 6.95, 13085, "United Kingdom"],
            [489434, "POST", "POSTAGE", 1, datetime(2009, 12, 1, 7, 45), 18, 13085, "United Kingdom"],
            [489435, 22350, "CAT BOWL", 12, datetime(2009, 12, 1, 7, 46), 2.55, "", "United Kingdom"],
            cancelled,
            both,
        ],
        "Year 2010-2011": [both],
    }
    path = tmp_path / "online_retail_II.xlsx"
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate([names, *lines]):
                sheet.write_row(number, 0, line)
    load(tmp_path / "home", path, mapping=MAPPINGS / "online_retail_ii.toml")
    found = rows(tmp_path / "home", "select order_id, customer_id, revenue, shipping_fee from orders order by 1")
    assert found == [("489434", "13085", pytest.approx(83.4), 18.0), ("536365", "17850", pytest.approx(15.3), 0.0)]
    found = rows(tmp_path / "home", "select product_id, quantity from order_lines order by 1")
    assert found == [("85048", 12.0), ("85123A", 6.0)]


def test_cdnow(tmp_path):
    load(tmp_path / "home", real("cdnow.parquet"), mapping=MAPPINGS / "cdnow.toml")
    assert rows(tmp_path / "home", "select count(*), count(distinct customer_id) from orders") == [(69_659, 23_570)]
