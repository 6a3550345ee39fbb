"""Labels say what happened from the as-of date on, and nothing that is not known yet."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.snapshots import labelled_dates, months_before, value_days
from tests.random_shop import Shop, built, random_shop, settings

HORIZON = 60
RULES = [
    {"eligibility": "active", "active_days": 200, "horizon_days": HORIZON},
    {"eligibility": "due", "due_factor": 2.0, "horizon_days": HORIZON},
]


@pytest.fixture(scope="module")
def shop() -> Shop:
    return random_shop(5)


def labels(shop: Shop, cut: date | None = None, **sections: dict) -> pd.DataFrame:
    """Labels of a whole build."""
    con, _ = built(shop, settings(**({"snapshots": {"count": 6}} | sections)), cut)
    with con:
        return con.execute("select * from churn_labels order by as_of_date, customer_id").df()


def counting_orders(shop: Shop) -> pd.DataFrame:
    return shop["orders"][shop["orders"]["status"] != "cancelled"]


@pytest.mark.parametrize("churn", RULES)
def test_churned_is_no_order_in_the_horizon(churn: dict, shop: Shop) -> None:
    found = labels(shop, churn=churn)
    orders = counting_orders(shop)
    known = found.dropna(subset="churned")
    assert known["churned"].nunique() == 2
    for row in known.itertuples():
        ahead = orders["ordered_at"] - row.as_of_date
        ordered = (ahead >= pd.Timedelta(0)) & (ahead < pd.Timedelta(days=HORIZON))
        assert row.churned == (not (ordered & (orders["customer_id"] == row.customer_id)).any())


def test_churned_subscribers_are_those_whose_contract_ended(shop: Shop) -> None:
    found = labels(shop, churn={"eligibility": "subscribed", "horizon_days": HORIZON})
    contracts = shop["subscriptions"]
    known = found.dropna(subset="churned")
    assert known["churned"].nunique() == 2
    for row in known.itertuples():
        own = contracts[contracts["customer_id"] == row.customer_id]
        running = own[(own["started_at"] < row.as_of_date) & ~(own["ended_at"] < row.as_of_date)]
        ends = running["ended_at"].fillna(pd.Timestamp.max.normalize())
        assert row.churned == (ends.max() < row.as_of_date + pd.Timedelta(days=HORIZON))


def test_a_change_of_plan_is_no_end() -> None:
    days = pd.date_range("2024-01-01", "2024-12-31", freq="7D")
    orders = pd.DataFrame({"order_id": days.astype(str), "customer_id": "c0", "ordered_at": days, "revenue": 1.0})
    contracts = pd.DataFrame(
        {
            "subscription_id": ["old", "new", "gone"],
            "customer_id": ["stays", "stays", "goes"],
            "started_at": pd.to_datetime(["2023-01-01", "2024-09-15", "2023-01-01"]),
            "ended_at": pd.to_datetime(["2024-09-15", None, "2024-09-15"]),
        }
    )
    frames = {"orders": orders.assign(status=None, **dict.fromkeys(_ORDER_REST)), "subscriptions": contracts.assign(
        monthly_fee=9.0, renews_at=pd.NaT, plan=None)}  # fmt: skip
    found = labels(
        frames, churn={"eligibility": "subscribed", "horizon_days": 90}, snapshots={"count": 1, "every": "day"}
    )
    known = found.dropna(subset="churned").set_index("customer_id")["churned"]
    assert not known["stays"]
    assert not known.get("goes", False)  # ended before the newest labelled date, so it is not even asked
    early = labels(
        frames, churn={"eligibility": "subscribed", "horizon_days": 90}, snapshots={"count": 3, "every": "month"}
    )
    early = early[early["as_of_date"] < "2024-09-15"].set_index("customer_id")["churned"]
    assert early["goes"].all()
    assert not early["stays"].any()


_ORDER_REST = (
    "discount",
    "shipping_fee",
    "refunded",
    "refunded_at",
    "channel",
    "promised_at",
    "delivered_at",
    "coupon",
)


def test_stayed_margin_is_the_discounted_margin_of_those_who_stayed(shop: Shop) -> None:
    economics = {"gross_margin": 0.5, "discount_rate": 0.2, "value_horizon_days": 120}
    found = labels({"orders": shop["orders"]}, churn=RULES[0], economics=economics)
    assert found.loc[found["churned"].isna() | (found["churned"] == True), "stayed_margin"].isna().all()  # noqa: E712
    orders = counting_orders(shop)
    stayed = found[found["churned"] == False]  # noqa: E712
    assert stayed["value_days"].max() == 120 > stayed["value_days"].min()  # a whole value window, and a part of one
    for row in stayed.itertuples():
        ahead = (orders["ordered_at"].dt.normalize() - row.as_of_date).dt.days
        own = (orders["customer_id"] == row.customer_id) & (ahead >= 0) & (ahead < row.value_days)
        expected = (orders["revenue"] * 0.5 * 1.2 ** (-ahead / 365))[own].sum()
        assert row.stayed_margin == pytest.approx(expected)


def test_nothing_is_labelled_that_a_cut_does_not_know(shop: Shop) -> None:
    cut = date(2024, 9, 1)
    found = labels(shop, cut, churn=RULES[0])
    over = found["as_of_date"] + pd.Timedelta(days=HORIZON) <= pd.Timestamp(cut)
    assert found["churned"].notna().tolist() == over.tolist()
    later = shop | {"orders": shop["orders"].assign(revenue=shop["orders"]["revenue"].where(
        shop["orders"]["ordered_at"] < pd.Timestamp(cut), 12_345.0))}  # fmt: skip
    pd.testing.assert_frame_equal(found, labels(later, cut, churn=RULES[0]))


def test_labels_of_a_cut_are_those_of_the_whole_build_where_both_know(shop: Shop) -> None:
    chosen = {"churn": RULES[0], "snapshots": {"count": 12, "every": "week"}}
    keys = ["customer_id", "as_of_date"]
    early = labels(shop, date(2024, 9, 1), **chosen).dropna(subset="churned")
    late = labels(shop, **chosen).dropna(subset="churned")
    both = early.merge(late, on=keys)
    assert (both["churned_x"] == both["churned_y"]).all()


@given(
    first=st.dates(date(2015, 1, 1), date(2018, 1, 1)),
    history=st.integers(0, 1500),
    every=st.sampled_from(["day", "week", "month", "quarter"]),
    count=st.integers(1, 40),
    horizon=st.integers(1, 400),
)
def test_labelled_dates_lie_between_history_and_horizon(
    first: date, history: int, every: str, count: int, horizon: int
) -> None:
    known_until = first + timedelta(days=history)
    chosen = settings(churn={"horizon_days": horizon}, snapshots={"every": every, "count": count})
    dates = labelled_dates(first, known_until, chosen)
    closer = every == "month" and horizon < 60
    assert len(dates) <= (count * 31 // 7 + 1 if closer else count)
    assert list(dates) == sorted(set(dates))
    if dates:
        assert dates[0] >= first + timedelta(days=30)
        assert dates[-1] == known_until - timedelta(days=horizon)
    else:
        assert known_until - timedelta(days=horizon) < first + timedelta(days=30)


@given(horizon=st.integers(1, 400), count=st.integers(1, 40))
def test_monthly_snapshots_leave_no_outcome_out_and_span_the_same_months(horizon: int, count: int) -> None:
    """Every day of the span lies in the outcome of a snapshot, for horizons from a week on."""
    known_until = date(2026, 1, 1)
    chosen = settings(churn={"horizon_days": horizon}, snapshots={"every": "month", "count": count})
    dates = labelled_dates(date(2015, 1, 1), known_until, chosen)
    steps = [(later - day).days for day, later in pairwise(dates)]
    assert dates[-1] == known_until - timedelta(days=horizon)
    assert months_before(dates[-1], count) < dates[0] <= months_before(dates[-1], count - 1) + timedelta(days=31)
    assert all(step <= max(horizon, 7) for step in steps)


@given(day=st.dates(date(1990, 1, 1), date(2100, 1, 1)), months=st.integers(0, 200))
def test_months_before_agrees_with_the_calendar(day: date, months: int) -> None:
    assert months_before(day, months) == (pd.Timestamp(day) - pd.DateOffset(months=months)).date()


@given(observed=st.integers(0, 800), horizon=st.integers(1, 400), wanted=st.integers(30, 700))
def test_value_days_are_the_longest_that_are_over(observed: int, horizon: int, wanted: int) -> None:
    chosen = settings(churn={"horizon_days": horizon}, economics={"value_horizon_days": wanted})
    found = value_days(chosen, observed)
    if wanted <= observed:
        assert found == wanted
    else:
        assert found == (observed if observed >= horizon else None)
    assert not isinstance(found, np.integer)
