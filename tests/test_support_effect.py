"""Churn with and without support contact: the adjusted estimate finds what was planted, the crude one does not."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models import support_effect
from models.support_effect import COVARIATES, newcombe
from pipelines import experience
from pipelines.sample import write_sample
from pipelines.sample.coefficients import Coefficients
from tests.support_truth import DAYS, built, compared, planted_difference


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What was planted in the sample shop and what is found: with the topic, without it, with a part of the rows."""
    folder = tmp_path_factory.mktemp("support")
    write_sample(20_000, 11, folder)
    planted = planted_difference(folder, DAYS, 90, Coefficients())
    with built(folder) as con, pytest.MonkeyPatch.context() as patch:
        whole, blind = compared(con, "product"), compared(con)
        patch.setattr(experience, "MOST_ROWS", 20_000)
        yield {"planted": planted, "whole": whole, "blind": blind, "part": compared(con, "product")}


def test_the_adjusted_difference_covers_what_was_planted_in_the_sample_shop(sample):
    found, planted = sample["whole"]["adjusted"], sample["planted"]
    assert planted > 0.01
    assert found["low"] < planted < found["high"]
    assert found["high"] - found["low"] < 0.04


def test_the_crude_difference_says_the_opposite(sample):
    assert sample["whole"]["crude"]["high"] < -0.1 < sample["planted"]


def test_what_made_them_write_is_not_counted_as_the_contacts(sample):
    blind, found, planted = sample["blind"]["adjusted"], sample["whole"]["adjusted"], sample["planted"]
    assert blind["difference"] > found["difference"] + 0.005
    assert abs(blind["difference"] - planted) > abs(found["difference"] - planted)
    assert "product" in found["words"]
    assert "product" not in blind["words"]


def test_an_answer_that_held_hurts_nobody_and_one_that_did_not_does(sample):
    strata = sample["whole"]["strata"].set_index("stratum")
    assert strata.loc["solved first time", "adjusted_difference"] < strata.loc["reopened", "adjusted_difference"]
    assert strata.loc["reopened", "adjusted_low"] > 0
    assert strata.loc["over 24 h", "adjusted_low"] > strata.loc["under 4 h", "adjusted_difference"]
    of_outcome = strata[strata["dimension"] == "outcome"]
    alike = sample["whole"]["adjusted"]
    assert of_outcome["n"].sum() == alike["exposed_n"] + alike["unexposed_n"]


def test_a_part_of_the_customers_says_the_same_and_says_that_it_is_one(sample):
    whole, part = sample["whole"]["adjusted"], sample["part"]["adjusted"]
    assert (whole["is_sample"], part["is_sample"]) == (False, True)
    assert part["exposed_n"] + part["unexposed_n"] <= 21_000
    assert part["customers_used"] < 0.6 * whole["customers_used"]
    assert part["low"] < sample["planted"] < part["high"]
    assert part["high"] - part["low"] > whole["high"] - whole["low"]


def drawn(seed: int, customers: int = 3_000, effect: float = 0.06) -> pd.DataFrame:
    """Rows in which recency drives both contact and churn, and contact adds `effect` to everybody's churn."""
    rng = np.random.default_rng(seed)
    recency = np.floor(rng.gamma(1.5, 60, customers))
    frame = pd.DataFrame(dict.fromkeys(COVARIATES, 0.0), index=range(customers))
    frame["days_since_last_order"] = recency
    frame["order_days"] = 1.0 + rng.poisson(3, customers)
    frame["tenure_days"] = recency + 30 * frame["order_days"]
    frame["revenue_total"] = np.exp(rng.normal(4, 1, customers))
    frame["orders_90d"] = (recency < 90).astype(float)
    exposed = rng.random(customers) < expit(0.5 - np.log1p(recency) * 0.5)
    chance = expit(-3 + 0.8 * np.log1p(recency)) * (1 - effect / 0.5)
    return frame.assign(
        customer_number=np.arange(customers),
        as_of_date=pd.Timestamp("2026-01-01"),
        is_exposed=exposed,
        has_hidden_cause=False,
        churned=(rng.random(customers) < chance + effect * exposed).astype(int),
    )


def adjusted(rows: pd.DataFrame) -> support_effect.Comparison:
    return support_effect.standardised(rows).against(rows["is_exposed"].to_numpy())


def test_the_adjusted_interval_covers_as_often_as_it_says():
    found = [adjusted(drawn(seed)) for seed in range(60)]
    covered = sum(one.low < 0.06 < one.high for one in found)
    assert covered >= 51  # of 60 at 95 %: fewer once in 2,000 tries
    assert support_effect.crude(drawn(1)).high < 0.06


def troubled(seed: int, customers: int = 3_000) -> tuple[pd.DataFrame, float]:
    """Rows in which a fault nobody sees makes customers write and leave, and what the contact itself changes."""
    rng = np.random.default_rng(seed)
    rows = drawn(seed, customers, effect=0.0)
    fault = rng.random(customers) < 0.06
    exposed = rng.random(customers) < np.where(fault, 0.7, 0.15)
    reopened = rng.random(customers) < np.where(fault, 0.5, 0.2)  # worse answers, too, where there is a fault
    without = -1.5 + 0.3 * np.log1p(rows["days_since_last_order"]) + 1.0 * fault
    log_odds = without + exposed * np.where(reopened, 0.9, -0.3)
    changed = (expit(log_odds) - expit(without))[exposed].mean()
    return rows.assign(
        is_exposed=exposed,
        has_hidden_cause=exposed & fault,
        outcome=np.where(reopened, "reopened", "solved first time"),
        wait="under 4 h",
        churned=(rng.random(customers) < expit(log_odds)).astype(int),
    ), float(changed)


def test_a_cause_that_only_the_topic_shows_is_told_apart():
    covered, blind = 0, 0
    for seed in range(30):
        rows, changed = troubled(seed)
        found, without = adjusted(rows), adjusted(rows.assign(has_hidden_cause=False))
        covered += found.low < changed < found.high
        blind += without.low < changed < without.high
    assert covered >= 24  # of 30 at 95 %: fewer once in 600 tries
    assert blind < 24


def test_a_customer_seen_twice_is_no_second_customer():
    rows = drawn(3)
    once, twice = adjusted(rows), adjusted(pd.concat([rows, rows.assign(as_of_date=pd.Timestamp("2026-04-01"))]))
    assert twice.difference == pytest.approx(once.difference, abs=1e-3)  # the ridge weighs half
    assert twice.high - twice.low == pytest.approx(once.high - once.low, rel=1e-2)
    strangers = pd.concat([rows, rows.assign(customer_number=rows["customer_number"] + 100_000)])
    assert adjusted(strangers).high - adjusted(strangers).low < 0.8 * (once.high - once.low)


def test_too_few_of_a_kind_are_not_compared():
    rows = drawn(5)
    assert support_effect.is_enough(rows)
    assert not support_effect.is_enough(rows.assign(is_exposed=False))
    assert not support_effect.is_enough(rows.assign(churned=0))
    assert not support_effect.is_enough(rows.head(100))


@pytest.mark.parametrize(
    ("first", "second", "interval"),
    [((56, 70), (48, 80), (0.0524, 0.3339)), ((9, 10), (3, 10), (0.1705, 0.8090)), ((10, 10), (0, 10), (0.6075, 1.0))],
)
def test_newcombes_own_examples(first, second, interval):
    (a, n), (b, m) = first, second
    assert newcombe((a / n, n), (b / m, m)) == pytest.approx(interval, abs=5e-4)
