"""What ends an ingest: one clear message that names the place and the next step, and nothing published is touched."""

import hashlib

import pytest

from pipelines import publish
from pipelines.config import Features, Ingest, Settings
from pipelines.errors import InputError
from tests.ingest_cases import HEADER, good, load, orders, rows, write


def fingerprint(home):
    """Name and content of everything published under a home."""
    files = sorted(path for path in home.rglob("*") if path.is_file() and "rejects" not in path.parts)
    return (home / "source.duckdb").readlink(), [
        (str(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files
    ]


def stopped(home, source, settings=None, mapping=None) -> str:
    """The message of an ingest that must stop; checks that the previous state is byte-identical."""
    load(home, write(home.parent / "before", orders=orders(*good(3))))
    before = fingerprint(home)
    with pytest.raises(InputError) as stop:
        load(home, source, settings, mapping)
    assert fingerprint(home) == before
    return str(stop.value)


def test_folder_does_not_exist(tmp_path):
    assert "does not exist" in stopped(tmp_path / "home", tmp_path / "nowhere")


def test_folder_is_empty(tmp_path):
    (tmp_path / "in").mkdir()
    assert "is empty. Put at least orders.csv" in stopped(tmp_path / "home", tmp_path / "in")


def test_folder_without_orders_says_what_is_there(tmp_path):
    message = stopped(tmp_path / "home", write(tmp_path / "in", order=orders(*good(2))))
    assert "has no orders" in message and "order.csv" in message and '[orders] file = "…"' in message


def test_missing_column_names_what_is_there_and_the_line_that_mends_it(tmp_path):
    source = write(tmp_path / "in", orders="Invoice,Customer ID,ordered_at,Total\n1,a,2024-01-01,5\n")
    message = stopped(tmp_path / "home", source)
    assert "orders.csv has no column order_id, customer_id, revenue. It has: Invoice, Customer ID" in message
    assert 'columns = { order_id = "Invoice", customer_id = "Customer ID", revenue = "Total" }' in message


def test_missing_column_of_an_optional_table_stops_too(tmp_path):
    source = write(tmp_path / "in", orders=orders(*good(3)), surveys="survey_id,kind\n1,nps\n")
    assert "surveys.csv has no column customer_id, answered_at, score" in stopped(tmp_path / "home", source)


@pytest.mark.parametrize("header", [f"{HEADER},revenue", f"{HEADER},Revenue"])
def test_column_that_is_there_twice(tmp_path, header):
    message = stopped(tmp_path / "home", write(tmp_path / "in", orders=orders("1,a,2024-01-01,5,5", header=header)))
    assert "orders.csv has" in message and "revenue" in message and "Rename or remove" in message


def test_file_in_another_encoding_names_the_line_and_the_key_to_set(tmp_path):
    source = write(tmp_path / "in", orders="")
    lines = [*good(20), "1,Müller,2024-01-01,5"]
    (source / "orders.csv").write_bytes(orders(*lines).encode("latin-1"))
    message = stopped(tmp_path / "home", source)
    assert "orders.csv is not written in UTF-8" in message and "line 22" in message and 'encoding = "cp1252"' in message


def test_too_many_rejects_name_the_first_three_and_keep_all_in_a_file(tmp_path):
    lines = [*good(30), *(f"x{i},a,2024-01-01,bad{i}" for i in range(5))]
    message = stopped(tmp_path / "home", write(tmp_path / "in", orders=orders(*lines)))
    assert "5 of 35 rows of orders cannot be used (allowed: 5%)" in message
    assert "row 31, revenue 'bad0'" in message and "row 33" in message and "row 34" not in message
    path = tmp_path / "home" / "rejects" / "orders.csv"
    assert str(path) in message
    assert len(path.read_text().splitlines()) == 6
    load(tmp_path / "home", write(tmp_path / "in", orders=orders(*good(3))))
    assert not path.exists()


def test_share_of_rejects_is_a_setting(tmp_path):
    source = write(tmp_path / "in", orders=orders(*good(8), "x,a,2024-01-01,bad", "y,a,2024-01-01,bad"))
    stopped(tmp_path / "home", source)
    load(tmp_path / "home", source, Settings(ingest=Ingest(max_reject_share=0.2)))
    assert rows(tmp_path / "home", "select count(*) from orders") == [(8,)]


def test_negative_revenue_throughout(tmp_path):
    message = stopped(
        tmp_path / "home", write(tmp_path / "in", orders=orders(*(f"{i},a,2024-01-01,-5" for i in range(9))))
    )
    assert "revenue '-5': must be 0 or more" in message


def test_duplicate_ids_throughout(tmp_path):
    message = stopped(
        tmp_path / "home", write(tmp_path / "in", orders=orders(*(f"1,a,2024-01-01,{i}" for i in range(9))))
    )
    assert "row 1 has the same order_id with other content" in message and "group_by_order = true" in message


def test_decimal_comma_is_guessed_and_the_key_is_named(tmp_path):
    text = "order_id;customer_id;ordered_at;revenue\n1;a;2024-01-01;1,50\n2;b;2024-01-02;2,50\n"
    assert 'set decimal = ","' in stopped(tmp_path / "home", write(tmp_path / "in", orders=text))


def test_all_orders_in_the_far_future(tmp_path):
    message = stopped(
        tmp_path / "home", write(tmp_path / "in", orders=orders(*(f"{i},a,2199-01-01,5" for i in range(9))))
    )
    assert "lies in the future" in message


def test_header_alone(tmp_path):
    assert "has no orders, only a header" in stopped(tmp_path / "home", write(tmp_path / "in", orders=HEADER + "\n"))


def test_no_good_order_is_left_even_where_rejects_are_allowed(tmp_path):
    source = write(tmp_path / "in", orders=orders("1,a,never,5"))
    assert "1 of 1 rows" in stopped(tmp_path / "home", source, Settings(ingest=Ingest(max_reject_share=1.0)))


def test_file_without_a_byte(tmp_path):
    assert "orders.csv is empty" in stopped(tmp_path / "home", write(tmp_path / "in", orders=""))


@pytest.mark.parametrize("name", ["orders.parquet", "orders.xlsx", "orders.jsonl"])
def test_broken_file(tmp_path, name):
    source = write(tmp_path / "in")
    (source / name).write_bytes(b"this is no such file\n" * 9)
    message = stopped(tmp_path / "home", source)
    assert name in message and ("cannot be read" in message or "no JSON object" in message)


def test_truncated_parquet(tmp_path):
    import duckdb

    source = write(tmp_path / "in")
    duckdb.sql("select 1 as order_id from range(1000)").write_parquet(str(source / "orders.parquet"))
    content = (source / "orders.parquet").read_bytes()
    (source / "orders.parquet").write_bytes(content[: len(content) // 2])
    assert "orders.parquet cannot be read as Parquet" in stopped(tmp_path / "home", source)


def test_quote_that_is_never_closed_stops_instead_of_losing_the_rest(tmp_path):
    lines = good(50)
    lines[20] = 'x,"a,2024-01-01,5'
    message = stopped(tmp_path / "home", write(tmp_path / "in", orders=orders(*lines)))
    assert "never closed" in message and "line 22 of orders.csv" in message


def test_two_files_for_one_table(tmp_path):
    source = write(tmp_path / "in", orders=orders(*good(3)))
    (source / "orders.tsv").write_text(orders(*good(3)).replace(",", "\t"))
    message = stopped(tmp_path / "home", source)
    assert "orders.csv, orders.tsv all hold the table orders" in message


def test_attribute_that_is_not_there(tmp_path):
    wanted = Settings(features=Features(attributes=("shoe_size",)))
    source = write(tmp_path / "in", orders=orders(*good(3)))
    assert "no table customers" in stopped(tmp_path / "home", source, wanted)
    source = write(tmp_path / "in", customers="customer_id,Shoe size\na,1\n")
    message = stopped(tmp_path / "home", source, wanted)
    assert "shoe_size" in message and 'shoe_size = "Shoe size"' in message


def test_unknown_kind_of_database_hides_the_password(tmp_path):
    message = stopped(tmp_path / "home", "oracle://me:geheim@host/db")
    assert "geheim" not in message and "postgresql://" in message


def test_stopped_run_leaves_no_scratch_files(tmp_path):
    stopped(tmp_path / "home", write(tmp_path / "in", orders=orders("1,a,never,5")))
    assert not [path.name for path in publish.store_folder(tmp_path / "home").iterdir() if ".tmp" in path.name]
