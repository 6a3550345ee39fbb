"""What ingest promises: good rows are loaded typed, bad ones told with row, column and reason."""

import json
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.config import Features, Ingest, Settings
from pipelines.contract import TABLES
from tests.ingest_cases import HEADER, good, load, orders, rows, write

TOLERANT = Settings(ingest=Ingest(max_reject_share=1.0))


def rejects(home):
    return rows(home, "select row_number, column_name, value, reason from rejects order by row_number")


def test_good_orders_are_loaded_with_types_and_defaults(tmp_path):
    source = write(tmp_path / "in", orders=orders("1,a,2024-01-02T03:04:05+02:00, 12.50 ", "2,a,2024-01-03,0"))
    report = load(tmp_path / "home", source)
    assert report.table("orders").rows_loaded == 2
    found = rows(tmp_path / "home", "select order_id, ordered_at::varchar, revenue, status, discount from orders")
    assert found == [
        ("1", "2024-01-02 01:04:05", 12.5, "completed", None),
        ("2", "2024-01-03 00:00:00", 0.0, "completed", None),
    ]


def test_every_table_has_all_columns_in_contract_order(tmp_path):
    load(tmp_path / "home", write(tmp_path / "in", orders=orders(*good(3)), products="product_id\np1\n"))
    for name in ("orders", "products"):
        described = [row[0] for row in rows(tmp_path / "home", f"describe {name}")]
        assert described == [column.name for column in TABLES[name].columns]
    assert not rows(tmp_path / "home", "select 1 from duckdb_tables() where table_name = 'customers'")


def test_report_covers_every_table_and_is_json(tmp_path):
    report = load(tmp_path / "home", write(tmp_path / "in", orders=orders(*good(3))))
    told = json.loads(json.dumps(report.to_dict()))
    assert [table["table_name"] for table in told["tables"]] == list(TABLES)
    assert rows(tmp_path / "home", "select table_name from ingest_report where is_present") == [("orders",)]
    assert any(note.startswith("support_tickets would bring") for note in report.notes)
    assert rows(tmp_path / "home", "select data_hash, data_through from source_info")[0][0] == report.data_hash


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("revenue", "abc", "not a number"),
        ("revenue", "nan", "not a number"),
        ("revenue", "inf", "not a number"),
        ("revenue", "-0.01", "must be 0 or more"),
        ("revenue", "", "required value is missing"),
        ("customer_id", "  ", "required value is missing"),
        ("ordered_at", "2024-02-30", "not a timestamp"),
        ("ordered_at", "infinity", "not a timestamp"),
        ("status", "paid", "must be one of completed, cancelled"),
        ("discount", "-1", "must be 0 or more"),
    ],
)
def test_bad_value_is_rejected_with_row_column_value_and_reason(tmp_path, column, value, reason):
    row = {
        "order_id": "x",
        "customer_id": "a",
        "ordered_at": "2024-02-01",
        "revenue": "1",
        "status": "",
        "discount": "",
    }
    row[column] = value
    lines = [f"{line},," for line in good(30)]
    lines.insert(4, ",".join(row.values()))
    report = load(tmp_path / "home", write(tmp_path / "in", orders=orders(*lines, header=f"{HEADER},status,discount")))
    assert (report.table("orders").rows_loaded, report.table("orders").rows_rejected) == (30, 1)
    number, where, shown, why = rejects(tmp_path / "home")[0]
    assert (number, where, shown) == (5, column, value.strip() or None)
    assert reason in why


def test_words_of_status_and_booleans_may_be_written_in_any_case(tmp_path):
    flags = ["true", "F", "YES", "no", "1", "0", ""]
    source = write(
        tmp_path / "in",
        orders=orders("1,a,2024-01-01,5,Cancelled", header=f"{HEADER},status"),
        customers="customer_id,is_business\n" + "".join(f"{i},{flag}\n" for i, flag in enumerate(flags)),
    )
    load(tmp_path / "home", source)
    assert rows(tmp_path / "home", "select status from orders") == [("cancelled",)]
    found = rows(tmp_path / "home", "select is_business from customers order by customer_id")
    assert [row[0] for row in found] == [True, False, True, False, True, False, None]


def test_score_of_a_survey_must_fit_its_kind(tmp_path):
    surveys = ["1,nps,10", "2,nps,11", "3,csat,0", "4,csat,5", "5,ces,7", "6,ces,8", "7,stars,3", "8,nps,-1"]
    text = "survey_id,kind,score,customer_id,answered_at\n" + "".join(f"{row},a,2024-01-01\n" for row in surveys)
    load(tmp_path / "home", write(tmp_path / "in", orders=orders(*good(1)), surveys=text), TOLERANT)
    assert [row[0] for row in rows(tmp_path / "home", "select survey_id from surveys")] == ["1", "4", "5"]
    assert [row[0] for row in rejects(tmp_path / "home")] == [2, 3, 6, 7, 8]


def test_satisfaction_must_be_a_whole_number_from_one_to_five(tmp_path):
    values = ["1", "5.0", "4.5", "6", ""]
    text = "ticket_id,customer_id,opened_at,satisfaction\n"
    text += "".join(f"{i},a,2024-01-01,{value}\n" for i, value in enumerate(values))
    load(tmp_path / "home", write(tmp_path / "in", orders=orders(*good(1)), support_tickets=text), TOLERANT)
    assert rows(tmp_path / "home", "select satisfaction from support_tickets order by ticket_id") == [
        (1,),
        (5,),
        (None,),
    ]
    assert [row[0] for row in rejects(tmp_path / "home")] == [3, 4]


def test_exact_copies_are_dropped_and_other_content_under_a_key_is_rejected(tmp_path):
    lines = [*good(40), "g3,c3,2024-03-04 10:00:00,3.50", "g3,c3,2024-03-04 10:00:00,99", "g3,c3,2024-03-04 10:00,3.5"]
    report = load(tmp_path / "home", write(tmp_path / "in", orders=orders(*lines))).table("orders")
    assert (report.rows_loaded, report.rows_duplicate, report.rows_rejected) == (40, 2, 1)
    assert rejects(tmp_path / "home") == [(42, "order_id", "g3", "row 4 has the same order_id with other content")]
    assert rows(tmp_path / "home", "select revenue from orders where order_id = 'g3'") == [(3.5,)]


def test_key_of_several_columns_may_repeat_in_one_of_them(tmp_path):
    lines = "order_id,product_id,quantity,unit_price\ng1,p1,1,2\ng1,p2,1,2\ng2,p1,1,2\ng2,p1,1,2\n"
    report = load(tmp_path / "home", write(tmp_path / "in", orders=orders(*good(5)), order_lines=lines))
    assert (report.table("order_lines").rows_loaded, report.table("order_lines").rows_duplicate) == (3, 1)


def test_orphans_are_kept_and_counted_once_per_row(tmp_path):
    source = write(
        tmp_path / "in",
        orders=orders("1,a,2024-01-01,5", "2,nobody,2024-01-02,5"),
        customers="customer_id\na\n",
        products="product_id\np1\n",
        order_lines="order_id,product_id,quantity,unit_price\n1,p1,1,5\n1,p9,1,5\n7,p9,1,5\n",
        surveys="survey_id,customer_id,answered_at,kind,score\n1,b,2024-01-01,nps,9\n",
    )
    report = load(tmp_path / "home", source)
    assert {t.table_name: t.orphans for t in report.tables if t.orphans} == {
        "orders": 1,
        "order_lines": 2,
        "surveys": 1,
    }
    assert report.table("order_lines").rows_loaded == 3


def test_reference_into_an_absent_table_is_no_orphan(tmp_path):
    report = load(tmp_path / "home", write(tmp_path / "in", orders=orders(*good(3))))
    assert report.table("orders").orphans == 0


def test_unknown_columns_and_files_are_ignored_and_listed(tmp_path):
    source = write(tmp_path / "in", orders=orders("1,a,2024-01-01,5,x", header=f"{HEADER},Colour"), budget="a\n1\n")
    (source / "truth.parquet").write_bytes(b"")
    report = load(tmp_path / "home", source)
    assert report.table("orders").ignored_columns == "Colour"
    assert [note for note in report.notes if "budget" in note or "truth" in note] == ["Not used: budget.csv."]


def test_attributes_of_customers_are_loaded_with_the_type_of_their_values(tmp_path):
    source = write(
        tmp_path / "in",
        orders=orders(*good(3)),
        customers="customer_id,shoe_size,has_dog,colour,other\na,42.5,yes,red,1\nb,,no,7,2\n",
    )
    wanted = Settings(features=Features(attributes=("shoe_size", "has_dog", "colour")))
    report = load(tmp_path / "home", source, wanted)
    assert rows(tmp_path / "home", "select shoe_size, has_dog, colour from customers order by customer_id") == [
        (42.5, True, "red"),
        (None, False, "7"),
    ]
    assert report.table("customers").ignored_columns == "other"


def test_orders_after_tomorrow_are_rejected(tmp_path):
    soon = datetime.now(UTC) + timedelta(days=2)
    day = datetime.now(UTC) - timedelta(days=30)
    lines = [f"{i},a,{day:%Y-%m-%d},1" for i in range(40)]
    load(tmp_path / "home", write(tmp_path / "in", orders=orders(*lines, f"x,a,{soon:%Y-%m-%d %H:%M:%S},1")))
    assert [(row[0], row[3]) for row in rejects(tmp_path / "home")] == [(41, "lies in the future")]


def test_few_orders_alone_after_a_gap_of_years_are_rejected(tmp_path):
    lines = [*good(60), "x,a,2025-09-01,1", "y,a,2026-09-01,1"]
    report = load(tmp_path / "home", write(tmp_path / "in", orders=orders(*lines)))
    assert [row[0] for row in rejects(tmp_path / "home")] == [61, 62]
    assert "days after all other orders" in rejects(tmp_path / "home")[0][3]
    assert str(report.data_through) == "2024-03-28 10:00:00"


def test_shop_that_paused_for_a_year_keeps_its_orders(tmp_path):
    lines = [*good(30), *(f"z{i},a,2025-09-{i + 1:02d},1" for i in range(20))]
    assert load(tmp_path / "home", write(tmp_path / "in", orders=orders(*lines))).table("orders").rows_loaded == 50


def test_one_customer_with_one_order_is_enough(tmp_path):
    assert (
        load(tmp_path / "home", write(tmp_path / "in", orders=orders("1,a,2024-01-01,5"))).table("orders").rows_loaded
        == 1
    )


def test_row_numbers_count_broken_lines_too(tmp_path):
    lines = good(100)
    lines[1], lines[10], lines[50] = "short,line", "too,many,2024-01-01,1,2,3", "x,a,never,1"
    load(tmp_path / "home", write(tmp_path / "in", orders=orders(*lines)))
    found = rejects(tmp_path / "home")
    assert [(row[0], row[1]) for row in found] == [(2, None), (11, None), (51, "ordered_at")]
    assert "line 3 of orders.csv" in found[0][3]


def test_values_may_hold_delimiters_quotes_and_line_ends(tmp_path):
    text = f'{HEADER},coupon\n1,"a,b",2024-01-01,5,"say ""hi""\nthere"\n2,c,2024-01-02,6,x\n'
    report = load(tmp_path / "home", write(tmp_path / "in", orders=text))
    assert report.table("orders").rows_rejected == 0
    found = rows(tmp_path / "home", "select customer_id, coupon from orders order by order_id")
    assert found == [("a,b", 'say "hi"\nthere'), ("c", "x")]


def test_tables_are_sorted_by_customer_and_time_and_loading_is_repeatable(tmp_path):
    source = write(tmp_path / "in", orders=orders(*reversed(good(200))))
    first, second = load(tmp_path / "one", source), load(tmp_path / "two", source)
    assert first.data_hash == second.data_hash
    key = "customer_id, ordered_at, order_id"
    assert rows(tmp_path / "one", f"select {key} from orders") == rows(
        tmp_path / "two", f"select {key} from orders order by {key}"
    )


def test_hash_moves_with_any_value(tmp_path):
    one = load(tmp_path / "home", write(tmp_path / "in", orders=orders(*good(5))))
    two = load(tmp_path / "home", write(tmp_path / "in", orders=orders(*good(4), "g4,c4,2024-03-05 10:00:00,4.51")))
    assert one.data_hash != two.data_hash


_value = st.sampled_from(["", "1", "-1", "x", "2024-01-05", "nan", " 7 ", "1e3", '"q"', "completed"])
_cell = st.one_of(_value, st.text(string.ascii_letters + string.digits + ' ,;"-.', max_size=6))
_line = st.lists(_cell, min_size=1, max_size=6).map(",".join)
_order = st.tuples(
    st.sampled_from("abc"), st.sampled_from(["2024-01-05", "05.01.2024"]), st.sampled_from(["1", "2", "-3"])
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(_line, _order.map(lambda o: f"{o[0]},k,{o[1]},{o[2]}")), min_size=1, max_size=30))
def test_every_row_is_loaded_rejected_or_a_copy(tmp_path_factory, lines):
    from pipelines.errors import InputError

    home = tmp_path_factory.mktemp("shop")
    source = write(home / "in", orders=orders(*good(3), *(line for line in lines if line.strip())))
    try:
        report = load(home, source, TOLERANT).table("orders")
    except InputError as error:
        assert "quote is opened" in str(error)  # the one thing that cannot be read past
        return
    assert report.rows_loaded + report.rows_rejected + report.rows_duplicate == report.rows_read
    assert report.rows_rejected == rows(home, "select count(distinct row_number) from rejects")[0][0]
    assert report.rows_loaded == rows(home, "select count(distinct order_id) from orders")[0][0]
