"""Checks of the gate on rows whose truth is known: what must be found is, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from models.adversarial import told_apart
from models.gate import BLOCK, WARN, alone, area_alone, shifted, untimely
from models.label_checks import jumps, quiet_days, young_labels
from models.timeless import Judge, Past, Timeless

NAMES = ("recency", "noise", "ages")
LABELS = {name: name for name in NAMES}
HONEST = Timeless(gain=0.05, gain_then=0.05, fading=0.0, shift=0.002, surprise=0.3, growth=0.0, at_first=1.0)


def day(seed: int, customers: int = 800, **columns: np.ndarray) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    rows = {
        "customer_id": [f"c{number}" for number in range(customers)],
        "churned": draw.integers(0, 2, customers).astype(float),
        "recency": draw.exponential(30, customers),
        "noise": draw.normal(size=customers),
        "ages": draw.uniform(0, 100, customers) + 3.0 * seed,
    }
    return pd.DataFrame(rows | columns)


@pytest.mark.parametrize(
    "leak",
    [
        lambda churned, draw: churned,
        lambda churned, draw: -5 * churned + draw.normal(0, 0.5, len(churned)),
        lambda churned, draw: np.where(churned == 1, np.nan, draw.normal(size=len(churned))),
        lambda churned, draw: np.where(
            churned == 1, draw.choice([-9.0, 9.0], len(churned)), draw.normal(size=len(churned))
        ),
    ],
    ids=["itself", "falling", "missing", "both ends"],
)
def test_a_feature_that_tells_the_outcome_alone_is_found_whatever_its_direction(leak):
    rows, draw = day(1), np.random.default_rng(2)
    rows["leak"] = leak(rows["churned"].to_numpy(), draw)
    found = alone([rows], ["leak", *NAMES], LABELS | {"leak": "A status"}, own_moments=())
    assert [(item.feature, item.level) for item in found] == [("leak", BLOCK)]
    assert "“A status” alone" in found[0].words
    assert alone([rows], ["leak"], {"leak": "Recency"}, own_moments={"leak"})[0].level == WARN


def test_many_distinct_values_alone_tell_nothing_about_other_customers():
    rows = day(3).assign(number=np.arange(800.0), code=np.random.default_rng(4).permutation(800) * 1.0)
    assert area_alone(rows, "number") < 0.6
    assert area_alone(rows, "code") < 0.6


def test_what_a_past_day_differed_by_is_no_finding_and_a_feature_that_broke_is_named():
    before = told_apart(day(1), day(2), NAMES)
    assert not shifted(told_apart(day(3), day(4), NAMES), [before], LABELS)
    broken = day(4).assign(noise=np.nan)
    (found,) = shifted(told_apart(day(3), broken, NAMES), [before], LABELS)
    assert (found.feature, found.level) == ("noise", BLOCK)
    moved = day(4).assign(recency=lambda rows: rows["recency"] * 1.8)
    (found,) = shifted(told_apart(day(3), moved, NAMES), [before], LABELS)
    assert (found.feature, found.level) == ("recency", WARN)


def test_features_that_only_together_tell_the_days_apart_are_named_together():
    draw = np.random.default_rng(5)
    sign = draw.choice([-1.0, 1.0], 3_000)
    usual = day(5, 3_000, noise=draw.normal(size=3_000), recency=draw.normal(size=3_000))
    today = day(6, 3_000, noise=sign * 2, recency=sign * 2 + draw.normal(0, 0.2, 3_000))
    before = told_apart(usual, day(7, 3_000, noise=draw.normal(size=3_000), recency=draw.normal(size=3_000)), NAMES[:2])
    now = told_apart(usual, today, NAMES[:2])
    alone_then = replace(before, alone=now.alone)  # as if each by itself had always moved so
    (found,) = shifted(now, [alone_then], LABELS)
    assert found.level == WARN
    assert {"“recency”", "“noise”"} <= set(found.words.replace(";", " ").replace(",", " ").split())


def months(rates: list[float], customers: int = 2_000) -> list[tuple[date, int, float]]:
    return [(date(2025, 1, 1) + timedelta(days=30 * place), customers, rate) for place, rate in enumerate(rates)]


def test_a_jump_of_the_churn_rate_is_found_and_a_season_is_not():
    calm = [0.40, 0.41, 0.42, 0.40, 0.39, 0.41]
    assert not jumps(months(calm))
    (found,) = jumps(months([*calm, 0.75]))
    assert found.level == BLOCK
    (found,) = jumps(months([*calm[:3], 0.75, *([0.74] * 3)]))
    assert found.level == WARN  # long ago, and the newest day is as the days before it
    year = [0.40, 0.41, 0.40, 0.60, 0.59, 0.45, 0.41, 0.40, 0.40, 0.41, 0.40, 0.40]
    assert not [found for found in jumps(months([*year, *year[:4]])) if found.level == BLOCK]
    assert not jumps(months([0.40, 0.44, 0.37, 0.55], customers=40))  # too few to tell


def test_outcomes_that_cannot_be_known_yet_block():
    newest = date(2026, 8, 1)
    assert not young_labels(newest, 90, newest + timedelta(days=90), 0)
    assert young_labels(newest, 90, newest + timedelta(days=89), 0)[0].level == BLOCK
    assert young_labels(newest, 90, newest + timedelta(days=90), 40)[0].level == BLOCK
    assert young_labels(newest, 90, newest + timedelta(days=90), 12)[0].level == WARN
    assert not young_labels(newest, 90, newest + timedelta(days=90), 3)


def test_days_without_orders_are_counted_from_the_end_and_closed_days_are_not():
    usual = [20, 22, 18, 25, 21, 30, 0] * 20
    assert quiet_days(usual) <= 1
    assert quiet_days([*usual, *[0] * 30]) in range(30, 34)
    assert quiet_days([*usual, *[0] * 30, 1]) in range(31, 34)  # one stray order of a wrong date
    assert quiet_days([0, 0, 1, 0, 0, 0, 0, 0, 1, 0] * 10) == 0  # a very small shop
    assert quiet_days([]) == 0


@pytest.mark.parametrize(
    ("moved", "level"),
    [
        ({}, None),
        ({"gain_then": 0.01, "fading": 6.0}, BLOCK),
        ({"gain_then": 0.02, "fading": 2.0}, WARN),
        ({"gain": 0.004, "gain_then": -0.01, "fading": 4.0}, None),
        ({"shift": 0.03, "surprise": 9.0}, BLOCK),
        ({"shift": 0.01, "surprise": 3.5}, WARN),
        ({"shift": 0.004, "surprise": 20.0}, None),
        ({"growth": 0.9, "at_first": 0.05}, BLOCK),
        ({"growth": 0.9, "at_first": 0.9}, None),
        ({"gain_then": None}, None),
    ],
)
def test_what_speaks_against_an_attribute(moved, level):
    found = untimely({"a": replace(HONEST, **moved)}, {"a": "An attribute"})
    assert [item.level for item in found] == ([level] if level else [])


def test_an_honest_trait_that_decides_who_leaves_passes_and_a_status_of_today_does_not():
    newest, today, older, known = lives(1_500, seed=3)
    past = Past(newest, today, older)
    judge = Judge(past, ("days_since_last_order", "tenure_days", "order_days"))
    found = untimely({name: judge.of(name) for name in known}, {name: name for name in known})
    assert {item.feature for item in found} == {"status"}
    assert judge.of("trait").gain > judge.of("shoe_size").gain + 0.005


def lives(customers: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, tuple[pd.DataFrame, ...], tuple[str, ...]]:
    """Customers who leave at a rate that a trait decides and order until then, looked at on several days."""
    draw, last, horizon = np.random.default_rng(seed), 1_200, 90
    trait = draw.integers(0, 2, customers).astype(float)
    start = draw.uniform(-200, last, customers)
    end = np.minimum(start + draw.exponential(np.where(trait == 1, 90, 1_500)), last)
    orders = [np.sort(np.r_[first, draw.uniform(first, stop, draw.poisson((stop - first) / 25))])
              for first, stop in zip(start, end, strict=True)]  # fmt: skip
    known = {"trait": trait, "status": (end < last).astype(float), "shoe_size": draw.integers(36, 48, customers) * 1.0}

    def looked_at(moment: int) -> pd.DataFrame:
        rows = []
        for number, made in enumerate(orders):
            past, next_ones = made[made < moment], made[made >= moment]
            if len(past) and moment - past[-1] <= 365:
                stays = len(next_ones) > 0 and next_ones[0] < moment + horizon
                own = {name: values[number] for name, values in known.items()}
                rows.append({"customer_id": f"c{number}", "churned": float(not stays),
                             "days_since_last_order": moment - past[-1], "tenure_days": moment - past[0],
                             "order_days": float(len(past)), **own})  # fmt: skip
        return pd.DataFrame(rows)

    days = [
        looked_at(last - horizon),
        looked_at(last),
        *(looked_at(last - horizon - 365 - 30 * back) for back in range(3)),
    ]
    return days[0], days[1], tuple(days[2:]), tuple(known)
