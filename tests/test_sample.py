"""The sample shop keeps the contract to the letter, adds up to the cent and is the same for the same arguments."""

import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines.contract import SQL_TYPES, SURVEY_RANGES, TABLES
from pipelines.sample import write_sample
from pipelines.sample.chunk import CHUNK
from pipelines.sample.coefficients import Coefficients

END = "timestamp '2026-11-01'"


def opened(folder: Path, suffix: str = "parquet") -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for path in sorted(folder.glob(f"*.{suffix}")):
        con.execute(f"create view {path.stem} as from '{path}'")
    return con


def only(con: duckdb.DuckDBPyConnection, sql: str) -> object:
    return con.execute(sql).fetchall()[0][0]


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("shop")
    write_sample(2000, 7, to)
    return to


@pytest.fixture(scope="module")
def shop(folder: Path) -> duckdb.DuckDBPyConnection:
    return opened(folder)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_columns_of_the_contract_with_its_types(shop, name):
    found = [(row[0], row[1].lower()) for row in shop.execute(f"describe {name}").fetchall()]
    assert found == [(column.name, SQL_TYPES[column.type]) for column in TABLES[name].columns]
    assert only(shop, f"select count(*) from {name}") > 0


def broken_rules(con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Return the contract's rules that some row of the table breaks."""
    table = TABLES[name]
    rules = [f"{column} is null" for column in table.required]
    for column in table.columns:
        rules += [f"{column.name} < {column.low}"] * (column.low is not None)
        rules += [f"{column.name} > {column.high}"] * (column.high is not None)
        rules += [f"{column.name} <= {column.above}"] * (column.above is not None)
        rules += [f"{column.name} not in {column.allowed}"] * bool(column.allowed)
        if column.refers_to:
            key = TABLES[column.refers_to].key[0]
            rules.append(f"{column.name} is not null and {column.name} not in (select {key} from {column.refers_to})")
    rules.append(
        f"({', '.join(table.key)}) in (select ({', '.join(table.key)}) from {name} group by all having count(*) > 1)"
    )
    return [rule for rule in rules if only(con, f"select count(*) from {name} where {rule}") > 0]


@pytest.mark.parametrize("name", TABLES)
def test_no_row_breaks_a_rule_of_the_contract(shop, name):
    assert broken_rules(shop, name) == []


def test_a_broken_rule_would_be_found(folder):
    con = opened(folder)
    good = f"from '{folder}/orders.parquet'"
    con.execute(f"create or replace view orders as select * replace (-revenue as revenue) {good} union all {good}")
    assert "revenue < 0" in broken_rules(con, "orders")
    assert any("having" in rule for rule in broken_rules(con, "orders"))


def test_survey_scores_lie_in_the_range_of_their_kind(shop):
    for kind, (low, high) in SURVEY_RANGES.items():
        found = shop.execute("select min(score), max(score) from surveys where kind = ?", [kind]).fetchall()[0]
        assert low <= found[0] < found[1] == high


def test_lines_add_up_to_their_order_to_the_cent(shop):
    shop.execute("""create or replace temp view sums as select o.*, l.gross, l.line_discount, l.lines, l.sent_back
        from orders o left join (
            select order_id, sum(quantity * unit_price) as gross, sum(discount) as line_discount, count(*) as lines,
                sum(round((quantity * unit_price - discount) * 100) * returned_quantity / quantity) as sent_back
            from order_lines group by order_id) l using (order_id)""")
    assert only(shop, "select max(abs(gross - revenue - discount)) from sums") < 0.001
    assert only(shop, "select max(abs(line_discount - discount)) from sums") < 0.001
    assert only(shop, "select count(*) from sums where lines is null") == 0
    # A refund is rounded down to the cent once per line.
    off = "refunded_at is not null and (refunded * 100 > sent_back + 0.01 or refunded * 100 < sent_back - lines)"
    assert only(shop, f"select count(*) from sums where {off}") == 0
    assert only(shop, "select count(*) from sums where refunded > 0 and refunded_at is null") == 0
    assert only(shop, "select count(*) from sums where refunded > revenue") == 0


@pytest.mark.parametrize(
    ("table", "impossible"),
    [
        ("orders", "delivered_at <= ordered_at or promised_at <= ordered_at or refunded_at <= ordered_at"),
        ("orders", "status = 'cancelled' and (delivered_at is not null or refunded > 0)"),
        ("orders join customers using (customer_id)", "ordered_at < signed_up_at"),
        ("order_lines", "returned_quantity > quantity or (returned_quantity > 0) != (returned_at is not null)"),
        ("order_lines l join orders o using (order_id)", "l.returned_at <= coalesce(o.delivered_at, o.ordered_at)"),
        ("support_tickets", "first_replied_at < opened_at or solved_at < first_replied_at"),
        ("support_tickets", "reopened_at < first_replied_at or rated_at < coalesce(solved_at, opened_at)"),
        ("support_tickets", "(satisfaction is null) != (rated_at is null)"),
        ("support_tickets t join orders o using (order_id)", "t.opened_at < o.ordered_at"),
        ("support_tickets t join orders o using (order_id)", "t.customer_id != o.customer_id"),
        ("contacts", "responded_at < contacted_at or (arm = 'control' and (responded_at is not null or cost > 0))"),
        ("subscriptions", "ended_at <= started_at or (ended_at is null) != (renews_at is not null)"),
        ("subscriptions", f"renews_at < {END}"),
        ("touchpoints join customers using (customer_id)", "occurred_at < signed_up_at"),
    ],
)  # fmt: skip
def test_nothing_happens_before_its_cause(shop, table, impossible):
    assert only(shop, f"select count(*) from {table} where {impossible}") == 0


def test_nothing_is_known_that_happens_after_the_last_day(shop):
    for name, table in TABLES.items():
        for column in table.columns:
            if column.type == "timestamp" and column.name not in ("promised_at", "renews_at"):
                assert only(shop, f"select count(*) from {name} where {column.name} >= {END}") == 0, column
    assert only(shop, "select max(ordered_at)::date::text from orders") == "2026-10-31"


def test_only_consenting_customers_are_contacted(shop):
    late = """select count(*) from contacts c asof join consents s
        on c.customer_id = s.customer_id and c.channel = s.channel and c.contacted_at >= s.changed_at"""
    assert only(shop, late) == only(shop, "select count(*) from contacts") > 500
    assert only(shop, f"{late} where not s.granted") == 0
    mailed = late.replace("contacts c", "touchpoints c").replace("contacted_at", "occurred_at")
    assert only(shop, f"{mailed} where not s.granted and c.kind = 'email_sent'") == 0


def test_every_unsubscribe_is_a_withdrawal(shop):
    missing = "select customer_id, occurred_at from touchpoints where kind = 'unsubscribe' except " \
        "select customer_id, changed_at from consents where channel = 'email' and not granted"  # fmt: skip
    assert shop.execute(missing).fetchall() == []
    assert only(shop, "select count(*) from touchpoints where kind = 'unsubscribe'") > 50


def test_people_are_invented_and_names_are_as_hard_as_real_ones(shop):
    assert only(shop, "select count(*) from customers where email not similar to '.*@example\\.(org|com)'") == 0
    assert only(shop, "select count(distinct email) = count(email) from customers")
    for pattern in ("%''%", "%ü%", "%ß%", "%&%"):
        assert only(shop, f"select count(*) from customers where name like '{pattern}'") > 0
    assert only(shop, "select max(length(name)) from customers") > 50
    assert only(shop, "select max(revenue) > 5 * quantile_cont(revenue, 0.99) from orders")


def test_the_same_arguments_write_the_same_bytes(folder, tmp_path):
    again = "from pathlib import Path; from pipelines.sample import write_sample; " \
        f"write_sample(2000, 7, Path({str(tmp_path)!r}))"  # fmt: skip
    environment = {**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", again], check=True, env=environment, cwd=Path(__file__).parents[1])
    assert digests(tmp_path) == digests(folder)


def test_another_seed_writes_another_shop(folder, tmp_path):
    write_sample(2000, 8, tmp_path)
    mine, other = digests(folder), digests(tmp_path)
    assert mine.keys() == other.keys()
    assert not set(mine.values()) & set(other.values())


def test_csv_holds_the_same_rows(folder, tmp_path):
    rows = write_sample(2000, 7, tmp_path, format="csv")
    for name, table in TABLES.items():
        types = {column.name: SQL_TYPES[column.type] for column in table.columns}
        con = duckdb.connect()
        con.execute(
            f"create view written as from read_csv('{tmp_path}/{name}.csv', columns = {types}, strict_mode = true)"
        )
        assert only(con, "select count(*) from written") == rows[name] > 0
        assert con.execute(f"from written except from '{folder}/{name}.parquet'").fetchall() == []
    assert (tmp_path / "truth.parquet").exists()


def test_chunks_join_without_a_seam(tmp_path):
    steps = []
    rows = write_sample(CHUNK + 40, 3, tmp_path, progress=lambda step, done: steps.append(done))
    con = opened(tmp_path)
    assert steps == [0.5, 1.0]
    assert rows["customers"] == CHUNK + 40
    for name in TABLES:
        assert broken_rules(con, name) == []
    late = f"customer_id > 'C{CHUNK:08}'"
    assert only(con, f"select count(distinct customer_id) from orders where {late}") > 20
    assert (
        only(con, f"select count(*) from support_tickets t join orders o using (order_id) where t.{late} and o.{late}")
        > 5
    )


def test_the_page_names_every_coefficient_with_its_value():
    page = (Path(__file__).parents[1] / "docs" / "sample-shop.md").read_text()
    for section in dataclasses.fields(Coefficients):
        group = getattr(Coefficients(), section.name)
        for field in dataclasses.fields(group):
            value = getattr(group, field.name)
            shown = ", ".join(f"{x:g}" for x in value) if isinstance(value, tuple) else f"{value:g}"
            assert f"| `{section.name}.{field.name}` | {shown} |" in page


def test_the_page_names_every_truth_and_its_columns(folder):
    page = (Path(__file__).parents[1] / "docs" / "sample-shop.md").read_text()
    for path in folder.glob("truth*.parquet"):
        for name in (path.name, *pq.read_schema(path).names):
            assert f"`{name}`" in page, name


def test_the_likeliest_cause_is_the_one_most_leavers_had(shop):
    """Of those who left after an order whose main cause was all but certain, most had that cause."""
    told = """select avg((cause = main_cause)::double), count(*) from truth join (
            select customer_id, arg_max(main_cause, ordered_at) as main_cause,
                arg_max(main_cause_share, ordered_at) as share
            from truth_orders join orders using (order_id, customer_id) group by customer_id) using (customer_id)
        where left_at is not null and cause != 'contact' and share > 0.8"""
    agreed, leavers = shop.execute(told).fetchall()[0]
    assert leavers > 100
    assert agreed > 0.8
