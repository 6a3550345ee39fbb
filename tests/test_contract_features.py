"""Plan and renewal as features: planted terms are found, names stand behind the numbers, the future changes nothing."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from models.wording import OTHER_NAME, sentences, words_from
from pipelines.build import build_into
from pipelines.config import Settings
from pipelines.contract import TABLES
from tests.random_shop import Shop, features_at, source

FIRST, AS_OF = pd.Timestamp("2024-01-10"), date(2026, 1, 1)
NOW = pd.Timestamp(AS_OF)
SUBSCRIBED = Settings(churn={"eligibility": "subscribed"}, snapshots={"count": 2},
                      features={"attributes": ["tariff", "is_vip"]})  # fmt: skip
TERMS = {"Monthly Box": 30.4375, "Yearly Box": 365.25}


def contracts() -> pd.DataFrame:
    """Contracts of two plans that end on their terms, and of one that ends on any day."""
    rng = np.random.default_rng(2)
    rows = []
    for plan, share in (("Monthly Box", 0.3), ("Yearly Box", 0.5), ("Any Day", 0.6)):
        for number in range(60):
            begin = FIRST + pd.Timedelta(days=float(rng.uniform(0, 330)))
            term = TERMS.get(plan)
            lasts = term * rng.integers(1, 12 if term < 40 else 2) if term else float(rng.uniform(20, 380))
            end = begin + pd.Timedelta(days=lasts)
            ends = rng.random() < share and end < NOW
            name = plan if number % 2 else plan.upper()
            rows.append((f"{plan[0]}{number}", f"c{plan[0]}{number}", name, begin, end if ends else pd.NaT, 9.0))
    names = ["subscription_id", "customer_id", "plan", "started_at", "ended_at", "monthly_fee"]
    return pd.DataFrame(rows, columns=names).assign(renews_at=pd.NaT)


@pytest.fixture(scope="module")
def shop() -> Shop:
    found = contracts()
    customers = pd.DataFrame({"customer_id": found["customer_id"].unique()})
    several = ["gold" if number % 3 else "silver" for number in range(len(customers) - 1)]
    orders = {"order_id": ["o1", "o2"], "customer_id": ["cM0", "cM1"], "revenue": 5.0, "status": "completed",
              "ordered_at": [FIRST, NOW - pd.Timedelta(days=1)]}  # fmt: skip
    return {
        "subscriptions": found,
        "customers": whole("customers", customers).assign(
            tariff=[*several, "only one has this"], is_vip=np.arange(len(customers)) % 4 == 0
        ),
        "orders": whole("orders", pd.DataFrame(orders)),
    }


def whole(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """With every column of the contract."""
    return frame.reindex(columns=[column.name for column in TABLES[table].columns])


@pytest.fixture(scope="module")
def features(shop) -> pd.DataFrame:
    return features_at(shop, AS_OF, SUBSCRIBED).set_index("customer_id")


def running(shop: Shop, plan: str) -> pd.DataFrame:
    found = shop["subscriptions"]
    return found[(found["plan"].str.lower() == plan.lower()) & found["ended_at"].isna()].set_index("customer_id")


@pytest.mark.parametrize(("plan", "term"), TERMS.items())
def test_days_to_renewal_follow_from_where_earlier_contracts_of_the_plan_ended(shop, features, plan, term):
    own = running(shop, plan)
    age = (NOW - own["started_at"].dt.normalize()).dt.days
    expected = np.ceil(term - age % term)
    pd.testing.assert_series_equal(
        features.loc[own.index, "days_to_renewal"], expected, check_names=False, check_dtype=False
    )


def test_a_plan_whose_contracts_end_on_any_day_has_no_renewal(shop, features):
    assert features.loc[running(shop, "Any Day").index, "days_to_renewal"].isna().all()


def test_a_plan_is_one_category_however_it_is_spelled(shop, features):
    codes = [features.loc[running(shop, plan).index, "plan"].unique() for plan in (*TERMS, "Any Day")]
    assert [len(found) for found in codes] == [1, 1, 1]
    assert len({float(found[0]) for found in codes}) == 3


def test_plans_that_end_more_often_have_the_higher_share(shop, features):
    found = shop["subscriptions"].assign(plan=shop["subscriptions"]["plan"].str.lower())
    lasted = (found["ended_at"].dt.normalize().fillna(NOW) - found["started_at"].dt.normalize()).dt.days
    rate = found["ended_at"].notna().groupby(found["plan"]).sum() / (lasted.groupby(found["plan"]).sum() / 365)
    for plan in (*TERMS, "Any Day"):
        told = features.loc[running(shop, plan).index, "plan_end_share"]
        assert np.allclose(told, 1 - np.exp(-rate[plan.lower()]), atol=1e-6)


def test_neither_renewal_dates_nor_later_endings_change_a_feature(shop, features):
    later = shop["subscriptions"].copy()
    is_running = later["ended_at"].isna()
    later.loc[is_running, "renews_at"] = NOW + timedelta(days=3)
    later.loc[is_running & (np.arange(len(later)) % 2 == 0), "ended_at"] = NOW + timedelta(days=40)
    again = features_at(shop | {"subscriptions": later}, AS_OF, SUBSCRIBED).set_index("customer_id")
    names = ["plan", "plan_end_share", "days_to_renewal"]
    pd.testing.assert_frame_equal(again[names], features[names])


def test_reasons_name_plans_and_attributes_that_several_share_and_no_others(shop, features):
    with source(shop) as con:
        build_into(con, "source", SUBSCRIBED)
        words = words_from(con.execute("select * from feature_words").df())
        kept = {name for (name,) in con.execute("select name from feature_codes").fetchall()}
    told = {
        feature: set(sentences(words[feature], features.reset_index(), words, "€"))
        for feature in ("plan", "attribute_tariff", "attribute_is_vip")
    }
    assert {text.lower() for text in told["plan"]} == {f"is on the plan {plan.lower()}" for plan in (*TERMS, "any day")}
    assert told["attribute_tariff"] >= {"recorded tariff: gold", "recorded tariff: silver"}
    assert told["attribute_tariff"] - {"recorded tariff: gold", "recorded tariff: silver"} <= {
        f"recorded tariff: {OTHER_NAME}"
    }
    assert told["attribute_is_vip"] == {"recorded vip: yes", "recorded vip: no"}
    assert "only one has this" not in kept
