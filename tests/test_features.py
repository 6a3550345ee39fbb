"""Features are what their words say: held against a second, plain computation, and against rules that must hold."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipelines import publish
from pipelines.build import build, build_into
from pipelines.contract import TABLES
from pipelines.errors import InputError
from pipelines.warehouse import tables
from tests.random_shop import Shop, built, day, features_at, random_shop, settings, source

AS_OF = day(500)
NOW = pd.Timestamp(AS_OF)
ALL = settings(churn={"active_days": 10_000}, snapshots={"count": 3})


@pytest.fixture(scope="module")
def shop() -> Shop:
    return random_shop(11)


@pytest.fixture(scope="module")
def features(shop: Shop) -> pd.DataFrame:
    return features_at(shop, AS_OF, ALL).set_index("customer_id")


def days_ago(moments: pd.Series) -> pd.Series:
    """Whole days from a moment's day to the as-of date."""
    return (NOW - moments.dt.normalize()).dt.days


def past_orders(shop: Shop) -> pd.DataFrame:
    """Orders that count before the as-of date, in order, with their age in days."""
    orders = shop["orders"]
    orders = orders[(orders["status"] != "cancelled") & (orders["ordered_at"] < NOW)]
    orders = orders.sort_values(["customer_id", "ordered_at", "order_id"])
    return orders.assign(age=days_ago(orders["ordered_at"]), on=orders["ordered_at"].dt.normalize())


def past_lines(shop: Shop) -> pd.DataFrame:
    """Lines of past orders with their customer and category."""
    lines = shop["order_lines"].merge(past_orders(shop)[["order_id", "customer_id", "age"]], on="order_id")
    return lines.merge(shop["products"][["product_id", "category", "unit_cost"]], on="product_id")


def gaps(orders: pd.DataFrame) -> pd.Series:
    """Days between a customer's order days."""
    return orders["on"].drop_duplicates().diff().dt.days.dropna()


def margins(shop: Shop) -> pd.Series:
    """Margin of each past order: revenue less the goods' cost, or the shop's share of revenue without lines."""
    lines = shop["order_lines"].merge(shop["products"], on="product_id", suffixes=("", "_list"))
    cost = lines["quantity"] * lines["unit_cost"]
    estimated = 0.65 * (lines["quantity"] * lines["unit_price"] - lines["discount"].fillna(0))
    known = lines.assign(cost=cost.fillna(estimated), known=cost).groupby("order_id")
    costs = known["cost"].sum().where(known["known"].count() > 0)
    orders = past_orders(shop)
    return (orders["revenue"] - orders["order_id"].map(costs)).fillna(orders["revenue"] * 0.35)


def known_tickets(shop: Shop) -> pd.DataFrame:
    """Tickets opened before the as-of date."""
    tickets = shop["support_tickets"]
    return tickets[tickets["opened_at"] < NOW]


def open_tickets(shop: Shop) -> pd.Series:
    """Tickets of half a year that were not solved, or were reopened after, as far as was known."""
    tickets = known_tickets(shop)
    solved = tickets["solved_at"].where(tickets["solved_at"] < NOW)
    reopened = tickets["reopened_at"].where(tickets["reopened_at"] < NOW)
    is_open = (solved.isna() | (reopened > solved)) & (days_ago(tickets["opened_at"]) <= 180)
    return is_open.groupby(tickets["customer_id"]).sum()


def tickets_since_order(shop: Shop) -> pd.DataFrame:
    """Tickets opened on or after the day of the customer's last past order."""
    last = past_orders(shop).groupby("customer_id")["on"].max()
    tickets = known_tickets(shop)
    return tickets[tickets["opened_at"].dt.normalize() >= tickets["customer_id"].map(last)]


def since_order(shop: Shop, count: Callable[[pd.DataFrame], pd.Series]) -> pd.Series:
    """What is counted of each ticket since the last order, per customer with an order."""
    tickets, buyers = tickets_since_order(shop), past_orders(shop)["customer_id"].unique()
    return count(tickets).groupby(tickets["customer_id"]).sum().reindex(buyers, fill_value=0)


def slowest_reply_since_order(shop: Shop) -> pd.Series:
    """Hours to the slowest first answer given before the as-of date."""
    tickets = tickets_since_order(shop)
    hours = (tickets["first_replied_at"] - tickets["opened_at"]) / pd.Timedelta(hours=1)
    return hours.where(tickets["first_replied_at"] < NOW).groupby(tickets["customer_id"]).max()


def last_known(frame: pd.DataFrame, moment: str, key: str, value: str) -> pd.Series:
    """The value with the latest moment before the as-of date, per customer."""
    known = frame[frame[moment] < NOW].sort_values([moment, key])
    return known.groupby("customer_id")[value].last()


def by_customer(orders: pd.DataFrame, compute: Callable[[pd.DataFrame], float]) -> pd.Series:
    return pd.Series({customer: compute(rows) for customer, rows in orders.groupby("customer_id")})


PLAIN: dict[str, Callable[[Shop], pd.Series]] = {
    "days_since_last_order": lambda s: past_orders(s).groupby("customer_id")["age"].min(),
    "tenure_days": lambda s: past_orders(s).groupby("customer_id")["age"].max(),
    "order_days": lambda s: past_orders(s).groupby("customer_id")["on"].nunique(),
    "mean_gap_days": lambda s: by_customer(past_orders(s), lambda rows: gaps(rows).mean()),
    "gap_variation": lambda s: by_customer(past_orders(s), lambda rows: gaps(rows).std() / gaps(rows).mean()),
    "longest_gap_days": lambda s: by_customer(past_orders(s), lambda rows: gaps(rows).max()),
    "last_gap_days": lambda s: by_customer(past_orders(s), lambda rows: gaps(rows).iloc[-1:].sum(min_count=1)),
    "overdue_ratio": lambda s: by_customer(past_orders(s), lambda rows: rows["age"].min() / gaps(rows).mean()),
    "orders_90d": lambda s: by_customer(past_orders(s), lambda rows: (rows["age"] <= 90).sum()),
    "revenue_365d": lambda s: by_customer(past_orders(s), lambda rows: rows.loc[rows["age"] <= 365, "revenue"].sum()),
    "margin_365d": lambda s: by_customer(
        past_orders(s).assign(margin=margins(s)), lambda rows: rows.loc[rows["age"] <= 365, "margin"].sum()
    ),
    "mean_order_value": lambda s: past_orders(s).groupby("customer_id")["revenue"].mean(),
    "last_order_value": lambda s: past_orders(s).groupby("customer_id")["revenue"].last(),
    "distinct_products": lambda s: past_lines(s).groupby("customer_id")["product_id"].nunique(),
    "distinct_categories": lambda s: past_lines(s).groupby("customer_id")["category"].nunique().replace(0, np.nan),
    "open_tickets": open_tickets,
    "tickets_since_order": lambda s: since_order(s, lambda rows: rows["opened_at"].notna().astype(int)),
    "slowest_reply_hours_since_order": slowest_reply_since_order,
    "reopened_since_order": lambda s: since_order(s, lambda rows: (rows["reopened_at"] < NOW).astype(int)),
    "unsolved_since_order": lambda s: since_order(s, lambda rows: (~(rows["solved_at"] < NOW)).astype(int)),
    "last_ticket_rating": lambda s: last_known(
        known_tickets(s).dropna(subset="satisfaction"), "rated_at", "ticket_id", "satisfaction"
    ),
    "last_recommendation_score": lambda s: last_known(
        s["surveys"][s["surveys"]["kind"] == "nps"], "answered_at", "survey_id", "score"
    ),
    "refunded_share": lambda s: by_customer(
        past_orders(s),
        lambda rows: rows.loc[rows["refunded_at"] < NOW, "refunded"].sum() / rows["revenue"].sum(),
    ),
    "orders_same_season_last_year": lambda s: by_customer(
        past_orders(s),
        lambda rows: rows["age"].between(365 - 89, 365).sum() if rows["age"].max() >= 365 else np.nan,
    ),
}


@pytest.mark.parametrize("feature", PLAIN)
def test_feature_is_what_a_plain_computation_gives(feature: str, shop: Shop, features: pd.DataFrame) -> None:
    expected = PLAIN[feature](shop).reindex(features.index).astype(float)
    if features[feature].notna().all():
        expected = expected.fillna(0)  # nothing there is 0 of it
    assert expected.notna().any()
    pd.testing.assert_series_equal(features[feature].astype(float), expected, check_names=False, rtol=1e-5)


def test_eligible_are_those_who_ordered_within_the_active_days(shop: Shop) -> None:
    found = features_at(shop, AS_OF, settings(churn={"active_days": 45}))
    age = past_orders(shop).groupby("customer_id")["age"].min()
    assert 0 < len(found) < len(age)
    assert set(found["customer_id"]) == set(age[age <= 45].index)


def test_due_are_those_whose_next_order_is_expected_around_the_horizon(shop: Shop) -> None:
    found = features_at(shop, AS_OF, settings(churn={"eligibility": "due", "due_factor": 0.2, "horizon_days": 60}))
    expected = set()
    for customer, rows in past_orders(shop).groupby("customer_id"):
        days = sorted(rows["on"].unique())
        if len(days) >= 2:
            ahead = (days[-1] - NOW).days + (days[-1] - days[0]).days / (len(days) - 1)
            expected |= {customer} if -12 <= ahead <= 72 else set()
    assert 0 < len(expected) < 6
    assert set(found["customer_id"]) == expected


def test_subscribed_are_those_whose_contract_runs(shop: Shop) -> None:
    found = features_at(shop, AS_OF, settings(churn={"eligibility": "subscribed"}))
    contracts = shop["subscriptions"]
    runs = (contracts["started_at"] < NOW) & ~(contracts["ended_at"] < NOW)
    assert runs.sum() > 0
    assert set(found["customer_id"]) == set(contracts.loc[runs, "customer_id"])


@pytest.mark.parametrize("table", [name for name in TABLES if name != "orders"])
def test_an_absent_table_takes_its_features_and_nothing_else(table: str, shop: Shop, features: pd.DataFrame) -> None:
    found = features_at({name: frame for name, frame in shop.items() if name != table}, AS_OF, ALL)
    found = found.set_index("customer_id")
    lost = set(features) - set(found)
    assert set(found) <= set(features)
    assert (table == "products") == (not lost)
    if table in ("order_lines", "products"):  # margin and discounts know more with them
        return
    pd.testing.assert_frame_equal(found, features[found.columns])


def test_orders_alone_are_enough(shop: Shop) -> None:
    with source(shop, {"orders"}) as con:
        report = build_into(con, "source", ALL)
        words = con.execute("select feature from feature_words").df()["feature"]
        columns = con.execute("select * from customer_features limit 0").df().columns
        assert list(columns) == ["customer_id", "as_of_date", *words]
    assert report.features >= 40
    assert report.skipped["service"] == ["ticket_facts"]


def test_a_build_has_every_snapshot_with_labels_and_words(shop: Shop) -> None:
    con, report = built(shop, ALL)
    with con:
        snapshots = con.execute("select * from snapshots").df()
        counted = con.execute(
            "select as_of_date, count(*) as n, count(distinct customer_id) as customers from customer_features "
            "group by 1 order by 1"
        ).df()
        unmatched = con.execute(
            "select count(*) from customer_features anti join churn_labels using (customer_id, as_of_date)"
        ).fetchall()[0][0]
        newest = con.execute("select max(ordered_on) from order_facts").fetchall()[0][0]
    assert report.as_of_date == str(newest + timedelta(days=1))
    assert list(snapshots["is_labelled"]) == [True] * report.labelled + [False]
    assert snapshots["as_of_date"].is_monotonic_increasing
    assert list(snapshots["eligible"]) == list(counted["n"]) == list(counted["customers"])
    assert snapshots["churn_rate"].notna().tolist() == snapshots["is_labelled"].tolist()
    assert unmatched == 0


def test_attributes_become_features(shop: Shop) -> None:
    customers = shop["customers"].assign(
        tariff=["a", "B", " b", None, "c", "a"], points=range(6), vip=[True, False] * 3
    )
    chosen = settings(churn={"active_days": 10_000}, features={"attributes": ["tariff", "points", "vip"]})
    found = features_at(shop | {"customers": customers}, AS_OF, chosen).set_index("customer_id")
    assert found["attribute_points"].tolist() == list(range(6))
    assert found["attribute_vip"].tolist() == [1, 0] * 3
    tariff = found["attribute_tariff"]
    assert tariff["c1"] == tariff["c2"] != tariff["c0"] == tariff["c5"]
    assert tariff.isna().tolist() == [False, False, False, True, False, False]


def test_an_unknown_attribute_is_named_and_nothing_is_left_behind(shop: Shop) -> None:
    with source(shop) as con:
        before = tables(con)
        with pytest.raises(InputError, match="shoe_size"):
            build_into(con, "source", settings(features={"attributes": ["shoe_size"]}))
        assert tables(con) == before


def test_subscribed_without_subscriptions_says_what_to_do(shop: Shop) -> None:
    with source(shop, {"orders"}) as con, pytest.raises(InputError, match="no table subscriptions"):
        build_into(con, "source", settings(churn={"eligibility": "subscribed"}))


@pytest.mark.parametrize("cut", [None, date(2000, 1, 1)])
def test_no_orders_that_count_says_so(cut: date | None, shop: Shop) -> None:
    orders = shop["orders"].assign(status="cancelled" if cut is None else "completed")
    with pytest.raises(InputError, match="no order"):
        built({"orders": orders}, settings(), cut)


def test_one_customer_with_one_order_is_a_build(shop: Shop) -> None:
    con, report = built({"orders": shop["orders"].head(1).assign(status="completed")}, settings())
    with con:
        row = con.execute("select * from customer_features").df().iloc[0]
    assert (report.rows, report.labelled) == (1, 0)
    assert (row["days_since_last_order"], row["order_days"], row["is_one_time_buyer"]) == (1, 1, 1)
    assert np.isnan(row["mean_gap_days"])


def test_no_feature_is_infinite() -> None:
    for seed in range(4):
        shop = random_shop(seed)
        shop["orders"]["revenue"] = 0.0
        values = features_at(shop, AS_OF, ALL).drop(columns=["customer_id", "as_of_date"])
        assert not np.isinf(values.astype(float)).to_numpy().any()


def test_build_publishes_a_stage(shop: Shop, tmp_path: Path) -> None:
    with publish.new_store(tmp_path, "source", "r1") as con:
        frame = shop["orders"]
        con.execute("create table orders as select * from frame")
    assert not frame.empty
    report = build(tmp_path, ALL, "r2")
    with publish.open_current(tmp_path, "features") as con:
        assert con.execute("select count(*) from customer_features").fetchall() == [(report.rows,)]


def test_build_without_a_source_names_the_first_step(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ingest"):
        build(tmp_path, settings(), "r1")


def test_same_source_gives_the_same_features(shop: Shop) -> None:
    def all_of(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
        with con:
            return con.execute("select * from customer_features").df()

    pd.testing.assert_frame_equal(all_of(built(shop, ALL)[0]), all_of(built(shop, ALL)[0]))
