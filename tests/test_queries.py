"""What the pages ask: paging is complete and disjoint, filters mean what they say."""

from pathlib import Path

import duckdb
import pytest

from benchmarks.queries import measure, questions, section
from pipelines import publish, queries
from pipelines.queries import SORTS, ListFilter, ListOrder
from tests.warehouse_fixture import publish_warehouse


@pytest.fixture(scope="module")
def cursor(tmp_path_factory):
    path = publish_warehouse(tmp_path_factory.mktemp("home"), customers=2_000)
    with duckdb.connect(str(path), read_only=True) as con:
        yield con.cursor()


@pytest.mark.parametrize("by", SORTS)
@pytest.mark.parametrize("descending", [True, False])
def test_pages_hold_every_customer_once_and_in_order(cursor, by, descending):
    order = ListOrder(by, descending)
    total = queries.list_summary(cursor, ListFilter())["customers"]
    pages = [queries.list_page(cursor, ListFilter(), order, page, 400) for page in range(1, total // 400 + 2)]
    ids = [customer for page in pages for customer in page["customer_id"]]
    assert len(ids) == len(set(ids)) == total
    if by != "name":
        values = [value for page in pages for value in page[by].dropna()]
        assert values == sorted(values, reverse=descending)


def test_a_page_beyond_the_end_is_empty(cursor):
    assert queries.list_page(cursor, ListFilter(), ListOrder(), 9_999).empty


@pytest.mark.parametrize(
    ("chosen", "holds"),
    [
        (ListFilter(segments=("Lost", "New")), lambda row: row.segment in {"Lost", "New"}),
        (ListFilter(stages=("at risk",)), lambda row: row.lifecycle_stage == "at risk"),
        (ListFilter(bands=("very high",)), lambda row: row.risk_band == "very high"),
        (ListFilter(channels=("phone",)), lambda row: "phone" in row.contactable_channels.split(", ")),
        (ListFilter(min_value=100), lambda row: row.value_at_risk >= 100),
        (ListFilter(search="ÖZTÜRK"), lambda row: "Öztürk" in row.name),
        (ListFilter(), lambda row: not row.is_held_out and row.is_scored),
    ],
)
def test_a_filter_keeps_exactly_the_customers_it_names(cursor, chosen, holds):
    everyone = queries.list_page(cursor, ListFilter(hide_held_out=False), ListOrder(), size=500)
    assert len(everyone) == 500
    kept = queries.list_page(cursor, chosen, ListOrder(), size=500)
    assert len(kept)
    assert all(holds(row) for row in kept.itertuples())
    last = kept["value_at_risk"].min()
    expected = [r.customer_id for r in everyone.itertuples() if _matches(r, chosen, holds) and r.value_at_risk > last]
    assert set(expected) <= set(kept["customer_id"])


def _matches(row, chosen, holds):
    return holds(row) and not (chosen.hide_held_out and row.is_held_out) if row.name == row.name else False


def test_text_in_a_search_is_a_value_and_never_sql(cursor):
    for text in ("'; drop table customer_list; --", "%", "_", '"'):
        found = queries.list_summary(cursor, ListFilter(search=text))["customers"]
        assert found == 0
    assert queries.customer(cursor, "' or 1 = 1 --") is None


def test_an_unknown_column_is_refused(cursor):
    with pytest.raises(KeyError):
        queries.list_page(cursor, ListFilter(), ListOrder("name; drop"))


def test_loosening_counts_what_the_list_would_hold(cursor):
    chosen = ListFilter(segments=("Lost",), search="no such name")
    found = queries.loosening(cursor, chosen)
    assert next(iter(found)) == "search"
    assert found["search"] == queries.list_summary(cursor, ListFilter(segments=("Lost",)))["customers"]
    assert found["segments"] == 0


def test_an_exact_number_is_found_first(cursor):
    assert queries.find_customers(cursor, "c0000016")["customer_id"].iloc[0] == "C0000016"
    assert queries.customer(cursor, "C0000016")["customer_id"] == "C0000016"
    assert queries.customer(cursor, "nobody") is None


def test_events_and_reasons_come_in_order(cursor):
    customer = queries.list_page(cursor, ListFilter(), ListOrder(), size=1)["customer_id"].iloc[0]
    events = queries.customer_events(cursor, customer)
    assert len(events)
    assert events["occurred_at"].is_monotonic_increasing
    assert queries.customer_reasons(cursor, customer)["rank"].tolist() == [1, 2, 3, 4, 5]
    newest = queries.customer_events(cursor, customer, limit=1)
    assert newest["occurred_at"].iloc[0] == events["occurred_at"].max()


def test_the_bench_asks_every_question_and_says_how_long_each_took(tmp_path: Path):
    with duckdb.connect(str(publish_warehouse(tmp_path, customers=500)), read_only=True) as con:
        found, asked = measure(con), questions(con)
    assert set(found) == set(asked)
    assert all(milliseconds > 0 and ratio > 0 for milliseconds, ratio in found.values())
    assert all(f"| {name} |" in section(found, 500) for name in found)


def test_the_drawn_warehouse_has_the_shape_of_the_published_one(cursor, shared_home):
    """The tests that draw a warehouse would otherwise go on passing when the marts change."""
    shape = """
        select table_name || '.' || column_name,
            case when numeric_precision is not null then 'number' else data_type end
        from duckdb_columns() where not internal
    """
    with publish.open_current(shared_home, "warehouse") as con:
        published = dict(con.execute(shape).fetchall())
    for column, kind in cursor.execute(shape).fetchall():
        assert published.get(column) == kind, column
