"""The sample shop's truth is planted, so what the pipeline says of a day can be held against it.

One training on a small shop, on a day whose outcome is known: with 4,100 customers chance moves the difference of two
AUCs by about 0.004 and a month's churn rate by 0.008. `python -m benchmarks.planted` measures more customers and the
promise of twelve months.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks.planted import BEHIND, DAYS, HORIZON_DAYS, Month, judge, planted_section, tenths_error
from pipelines import publish
from pipelines.build import build_into
from pipelines.config import Settings
from pipelines.sample import write_sample
from pipelines.sample.observer import inferred_chances
from pipelines.sample.oracle import churn_chances
from pipelines.score import score_into
from pipelines.train import train_from

CUSTOMERS = 7_000
AS_OF = date(2026, 8, 3)
DOMINANT = 0.5  # a cause is dominant that most who leave after such an order have

# Which group of reasons tells a planted cause. Product trouble is in no table: it shows as tickets and returns.
GROUPS = {
    "natural": {"recency & rhythm"},
    "one_time": {"recency & rhythm"},
    "late_delivery": {"delivery & returns"},
    "returned": {"delivery & returns"},
    "slow_reply": {"service"},
    "reopened_ticket": {"service"},
    "unsolved_ticket": {"service"},
    "discount_ended": {"price & discount"},
}
# Reasons that tell no more than that a customer has been silent, or for how long there has been one.
SILENCE = {"recency & rhythm", "engagement", "tenure", "season"}


@dataclass(frozen=True)
class Told:
    """What was said of one day, with what then happened (`scored`) and the reasons with their groups (`reasons`)."""

    shop: Path
    scored: pd.DataFrame
    reasons: pd.DataFrame


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, cli) -> Told:
    home = tmp_path_factory.mktemp("planted")
    shop, settings = home / "shop", Settings()
    write_sample(CUSTOMERS, 3, shop)
    cli("ingest", shop, "--home", home)
    with duckdb.connect() as con:
        publish.attach(con, publish.require(home, "source"), "source")
        build_into(con, "source", settings, AS_OF)
        score_into(con, "main", settings, AS_OF, train_from(con, settings).model)
        scored = con.execute(
            """
            select customer_id, churn_risk, not exists (
                from source.orders where orders.customer_id = customer_scores.customer_id and status = 'completed'
                    and ordered_at >= $as_of and ordered_at < $as_of + to_days($horizon)) as churned
            from customer_scores order by customer_id
            """,
            {"as_of": AS_OF, "horizon": HORIZON_DAYS},
        ).df()
        reasons = con.execute(
            """
            select customer_id, rank, feature_group from customer_reasons
            inner join feature_words using (feature) where contribution > 0 order by customer_id, rank
            """
        ).df()
    return Told(shop, scored, reasons)


@pytest.fixture(scope="module")
def month(told: Told) -> Month:
    return judge(told.scored, told.shop, AS_OF)


def test_the_ranking_is_near_what_can_be_known(month: Month) -> None:
    assert month.n > CUSTOMERS / 2
    assert month.auc_true - 0.06 < month.auc_inferred < month.auc_true
    assert month.behind < BEHIND  # on this day; the benchmark has twelve


def test_the_promise_is_kept(month: Month) -> None:
    """Within 0.02, and the error that the count of customers allows."""
    by_chance = 2 * np.sqrt(month.churn_rate * (1 - month.churn_rate) / month.n)
    assert abs(month.gap) < 0.02 + by_chance
    assert month.tenths < 0.02 + by_chance * np.sqrt(10) * np.sqrt(2 / np.pi)


def test_what_is_true_keeps_its_word(told: Told) -> None:
    """The formulas, with all hidden traits and with inferred ones, promise what comes: they are a measure."""
    churned = told.scored["churned"].to_numpy(dtype=float)
    for chances in (churn_chances, inferred_chances):
        risk = told.scored["customer_id"].map(chances(told.shop, AS_OF, HORIZON_DAYS)).to_numpy()
        assert np.isfinite(risk).all()
        assert abs(risk.mean() - churned.mean()) < 0.03
        assert tenths_error(risk, churned) < 0.04
        assert roc_auc_score(churned, risk) > 0.8


def dominated(told: Told) -> pd.DataFrame:
    """Customers whose last decision had one dominant cause that the tables can show; indexed by customer."""
    with duckdb.connect() as con:
        causes = con.execute(
            f"""
            select customer_id, arg_max(main_cause, ordered_at) as cause, arg_max(main_cause_share, ordered_at) as share
            from '{told.shop}/orders.parquet' join '{told.shop}/truth_orders.parquet' using (order_id, customer_id)
            where ordered_at < ? group by customer_id
            """,
            [AS_OF],
        ).df()
    found = told.scored.merge(causes, on="customer_id").set_index("customer_id")
    return found[(found["share"] > DOMINANT) & found["cause"].isin(list(GROUPS))]


def agreement(customers: pd.DataFrame, reasons: pd.DataFrame) -> float:
    """Share of customers whose first of the `reasons` is of the group of their cause; none counts as wrong."""
    first = reasons.drop_duplicates("customer_id").set_index("customer_id")["feature_group"].reindex(customers.index)
    return float(np.mean([group in GROUPS[cause] for group, cause in zip(first, customers["cause"], strict=True)]))


def test_the_first_reason_of_those_at_risk_is_the_planted_cause(told: Told) -> None:
    """The strictest reading: the first reason that raises the risk, of everybody more likely to leave than to stay."""
    customers = dominated(told)
    assert agreement(customers[customers["churn_risk"] > 0.5], told.reasons) >= 0.7


def test_behind_the_silence_stands_what_went_wrong(told: Told) -> None:
    """Whoever has left is silent, so silence comes first; the first reason besides it is what made them leave."""
    customers = dominated(told)
    customers = customers[~customers["cause"].isin(["natural", "one_time"])]
    assert len(customers) > 100
    assert agreement(customers, told.reasons[~told.reasons["feature_group"].isin(SILENCE)]) >= 0.7


def test_perfect_promises_have_no_error_and_wrong_ones_have() -> None:
    risk = np.repeat(np.linspace(0.1, 0.9, 10), 1000)
    churned = (np.arange(10_000) % 1000 < np.round(risk * 1000)).astype(float)
    assert tenths_error(risk, churned) < 1e-3
    assert abs(tenths_error(risk + 0.05, churned) - 0.05) < 1e-3


def test_the_page_names_the_months_that_miss() -> None:
    good = Month(DAYS[0], 100, 0.4, 0.83, 0.835, 0.86, 0.001, 0.01)
    bad = Month(DAYS[1], 100, 0.4, 0.80, 0.835, 0.86, -0.031, 0.04)
    page = planted_section([good, bad], 100)
    assert "0.02 or more in October 2025 (-0.031)" in page
    assert "more than 0.01 in October 2025 (0.035)" in page
    assert "under 0.02 in every month" in planted_section([good], 100)
