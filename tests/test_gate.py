"""The gate on whole sample shops: attributes planted from after the outcome are named and block, honest ones pass."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from models.gate import BLOCK
from pipelines import gate
from pipelines.build import build
from pipelines.config import Settings
from pipelines.ingest import ingest
from pipelines.sample import write_sample

CUSTOMERS = 1_200
SEEDS = (21, 22)
END = "(select max(ordered_at) from orders)"
LEFT = f"case when truth.left_at < {END} then truth.left_at end"

# What a shop's system would hold today: columns of customers, without a time.
PLANTED = {
    "status": f"case when {LEFT} is null then 1 else 0 end",
    "reason_for_leaving": f"case when {LEFT} is not null then hash(truth.cause) % 1000 end",
    "mails_until_leaving": "mails.n",
    "orders_in_all": "sums.n",
    "days_since_login": f"date_diff('day', sums.last, {END}) * (0.5 + hash(customers.customer_id) % 50 / 100)",
}
HONEST = {
    "newsletter_at_signup": "hash(customers.customer_id || 'n') % 3 = 0",
    "shoe_size": "36 + hash(customers.customer_id || 's') % 12",
    "country_group": "hash(customers.country in ('DE', 'AT', 'CH')) % 1000",
    "is_company": "customers.is_business",
    "signed_up_in": "year(customers.signed_up_at)",
    "said_gap": "round(truth.mean_gap_days / 10)",  # tells much, and did so from the first day
    "asked_lately": "case when customers.signed_up_at > timestamp '2025-10-01' then hash(customers.name) % 2 end",
}


def with_attributes(features: Path, source: Path, columns: dict[str, str]) -> duckdb.DuckDBPyConnection:
    """A feature store in memory with these attributes beside the features."""
    con = duckdb.connect()
    con.execute(f"attach '{features}' as store (read_only)")
    for table in ("customers", "orders", "touchpoints", "truth"):
        con.execute(f"create view {table} as from read_parquet('{source / table}.parquet')")
    listed = ", ".join(f"cast({sql} as float) as attribute_{name}" for name, sql in columns.items())
    con.execute(f"""
        create table attributes as
        with mails as (
            select customer_id, count(*) as n from touchpoints inner join truth using (customer_id)
            where kind = 'email_sent' and occurred_at < coalesce(left_at, timestamp '2100-01-01') group by 1
        ),
        sums as (select customer_id, count(*) as n, max(ordered_at) as last from orders group by 1)
        select customers.customer_id, {listed} from customers
        left join truth using (customer_id) left join mails using (customer_id) left join sums using (customer_id)
    """)
    for table in ("churn_labels", "snapshots", "order_facts"):
        con.execute(f"create table {table} as from store.{table}")
    con.execute(
        "create table customer_features as from store.customer_features left join attributes using (customer_id)"
    )
    con.execute("create table feature_words as from store.feature_words")
    for name in columns:
        con.execute(
            "insert into feature_words by name select ? as feature, ? as label, 'tenure' as feature_group",
            [f"attribute_{name}", f"Recorded {name.replace('_', ' ')}"],
        )
    return con


@pytest.fixture(scope="module", params=[None, *SEEDS])
def shop(request: pytest.FixtureRequest, shared_home: Path, tmp_path_factory: pytest.TempPathFactory):
    """Feature store and source of the shared shop, and of smaller ones that nobody has looked at."""
    if request.param is None:
        return shared_home / "features.duckdb", shared_home / "sample"
    home = tmp_path_factory.mktemp(f"shop{request.param}")
    write_sample(CUSTOMERS, request.param, home / "sample", "parquet")
    ingest(home, home / "sample", Settings(), "r1")
    build(home, Settings(), "r1")
    return home / "features.duckdb", home / "sample"


@pytest.fixture(scope="module")
def found(shop: tuple[Path, Path]) -> Iterator[dict]:
    """What the gate keeps of a shop with all attributes at once."""
    with with_attributes(*shop, PLANTED | HONEST) as con:
        yield gate.judged(con, Settings())


def test_what_was_written_afterwards_blocks_by_name_and_in_words(found):
    blocking = {row["feature"]: row["words"] for row in found["findings"] if row["level"] == BLOCK}
    assert {f"attribute_{name}" for name in PLANTED} <= set(blocking)
    for name in PLANTED:
        assert f"“Recorded {name.replace('_', ' ')}”" in blocking[f"attribute_{name}"]


def test_honest_attributes_and_all_features_of_an_honest_shop_pass(found):
    named = {row["feature"] for row in found["findings"]}
    assert named <= {f"attribute_{name}" for name in PLANTED}
    assert len(found["checked"]) == 4


def test_a_version_that_the_gate_blocks_is_not_put_to_use_and_says_why(found):
    told = gate.settled(True, "better", found, propose=False)
    assert not told["promoted"]
    assert "Recorded status" in told["reason"]
    clean = {"findings": [], "checked": []}
    assert gate.settled(True, "better", clean, propose=False)["promoted"]
    assert not gate.settled(False, "not better", clean, propose=False)["promoted"]
    proposed = gate.settled(True, "better", clean, propose=True)
    assert proposed["proposed"]
    assert not proposed["promoted"]
