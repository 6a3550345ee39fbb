"""Acceptance and harm are told apart, come closer to the truth with more customers, and give way where they must."""

import numpy as np
import pytest

from models.acceptance import Churners
from models.reach import reach

A, B = 6, 14
CHURN = np.array([0.15, 0.3, 0.5, 0.7, 0.85, 0.95])


def seen(rng: np.random.Generator, customers: int, gamma: float, harm: float) -> list[Churners]:
    """Campaigns among groups that churn unlike, three in ten held out."""
    n = customers // len(CHURN)
    control, treated = int(0.3 * n), n - int(0.3 * n)
    return [
        Churners(treated, rng.binomial(treated, c * (1 - gamma) + (1 - c) * harm), control, rng.binomial(control, c))
        for c in CHURN
    ]


def learned(customers: int, gamma: float, harm: float) -> tuple[float, float]:
    """Means over six campaigns."""
    rng = np.random.default_rng(customers)
    found = [reach(seen(rng, customers, gamma, harm), A, B) for _ in range(6)]
    return float(np.mean([one.acceptance.mean for one in found])), float(np.mean([one.harm for one in found]))


@pytest.mark.parametrize(("gamma", "harm"), [(0.0, 0.0), (0.065, 0.054), (0.18, 0.013), (0.3, 0.0), (0.6, 0.1)])
def test_both_shares_are_found_from_groups_that_churn_unlike(gamma, harm):
    few, many = learned(900, gamma, harm), learned(30_000, gamma, harm)
    assert abs(many[0] - gamma) < 0.02 and abs(many[1] - harm) < 0.012
    assert abs(few[0] - gamma) < abs(A / (A + B) - gamma) + 0.02


def test_what_does_nothing_ends_near_nothing():
    acceptance, harm = learned(2_000, 0.0, 0.0)
    assert acceptance < 0.03 and harm < 0.03


def test_a_reminder_that_drives_away_as_many_as_it_keeps_is_seen_through():
    """Over all customers both cancel out, so that one share would say: it does nothing."""
    rng = np.random.default_rng(5)
    found = reach(seen(rng, 60_000, 0.1, 0.1), A, B)
    assert 0.08 < found.acceptance.mean < 0.12 and 0.08 < found.harm < 0.12


def test_without_evidence_the_prior_stands():
    nothing = reach([], A, B)
    assert nothing.acceptance.mean == pytest.approx(A / (A + B), abs=0.01)
    assert reach([Churners(40, 20, 0, 0)], A, B).acceptance.mean == pytest.approx(nothing.acceptance.mean)
    assert nothing.acceptance.low < 0.12 and nothing.acceptance.high > 0.5


def test_a_prior_that_holds_gains_strength_and_one_that_does_not_gives_way():
    rng = np.random.default_rng(9)
    true, wrong = reach(seen(rng, 3_000, 0.3, 0.0), A, B), reach(seen(rng, 3_000, 0.02, 0.0), A, B)
    assert abs(true.acceptance.mean - 0.3) < 0.05 and true.acceptance.strength > 2 * (A + B)
    assert wrong.acceptance.mean < 0.06
