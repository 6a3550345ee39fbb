"""EMPC, profit and gains: the published formula, integrated by brute force, and properties that must hold."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.integrate import quad
from scipy.stats import beta as beta_law

from models.empc import MAX_GROUPS, Empc, empc_draws, empc_of, ranked, roc_hull
from models.evaluate import Resamples
from models.gains import gains, lift_of_tenths
from models.profit import Terms, contact_profit, of_list, profit_curve

PAPER = Terms(contact_cost=1.0, incentive=10.0, redemption=1.0, alpha=6.0, beta=14.0)
CLV = 200.0


def simulated(n: int = 400, signal: float = 1.0, seed: int = 3, digits: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and risks with many equal values."""
    rng = np.random.default_rng(seed)
    risk = 1 / (1 + np.exp(-rng.normal(-1, signal, n)))
    return (rng.random(n) < risk).astype(float), np.round(risk, digits)


def by_integration(churned: np.ndarray, risk: np.ndarray, clv: float, terms: Terms) -> float:
    """The published definition: the best of all thresholds for each gamma, weighted with the density of gamma."""
    thresholds = [np.inf, *np.unique(risk)]
    reached = np.array([[np.mean(churned * (risk >= t)), np.mean((1 - churned) * (risk >= t))] for t in thresholds])
    delta, phi = terms.incentive / clv, terms.contact_cost / clv

    def best(gamma: float) -> float:
        profit = (gamma * (1 - delta) - phi) * reached[:, 0] - (terms.redemption * delta + phi) * reached[:, 1]
        return clv * profit.max() * beta_law.pdf(gamma, terms.alpha, terms.beta)

    grid = np.linspace(0, 1, 201)  # quadrature between kinks that lie close together
    return sum(quad(best, low, high, limit=100)[0] for low, high in pairwise(grid))


@pytest.mark.parametrize(
    ("clv", "terms"),
    [
        (CLV, PAPER),
        (60.0, PAPER),
        (CLV, Terms(contact_cost=4.8, incentive=0.0, redemption=0.5, alpha=2.0, beta=3.0)),
        (35.0, Terms(contact_cost=0.2, incentive=20.0, redemption=0.3, alpha=12.0, beta=8.0)),
    ],
)
@pytest.mark.parametrize("signal", [0.3, 2.0])
def test_empc_is_the_published_formula(clv: float, terms: Terms, signal: float) -> None:
    churned, risk = simulated(signal=signal)
    assert empc_of(churned, risk, clv, terms).profit == pytest.approx(
        by_integration(churned, risk, clv, terms), abs=1e-5
    )


def test_the_hull_is_concave_and_above_every_threshold() -> None:
    churned, risk = simulated()
    hull = roc_hull(churned, risk)
    slopes = np.diff(hull.leavers) / np.maximum(np.diff(hull.stayers), 1e-12)
    assert (np.diff(slopes) <= 1e-9).all()
    assert (hull.leavers[0], hull.stayers[0]) == (0, 0)
    assert (hull.leavers[-1], hull.stayers[-1]) == pytest.approx((1, 1))
    for threshold in np.unique(risk):
        reached = risk >= threshold
        on_hull = np.interp((reached * (1 - churned)).sum() / (1 - churned).sum(), hull.stayers, hull.leavers)
        assert (reached * churned).sum() / churned.sum() <= on_hull + 1e-9


def test_empc_asks_for_the_order_alone() -> None:
    churned, risk = simulated()
    assert empc_of(churned, risk**3, CLV, PAPER) == empc_of(churned, risk, CLV, PAPER)


def test_knowing_everything_earns_most_and_nothing_is_never_lost() -> None:
    churned, risk = simulated()
    perfect, model = empc_of(churned, churned, CLV, PAPER), empc_of(churned, risk, CLV, PAPER)
    blind = empc_of(churned, np.zeros(len(churned)), CLV, PAPER)
    assert perfect.profit > model.profit > blind.profit >= 0
    assert empc_of(churned, risk, 9.0, PAPER) == Empc(0.0, 0.0)
    assert empc_of(np.zeros(5), np.linspace(0, 1, 5), CLV, PAPER) == Empc(0.0, 0.0)


def test_a_dearer_contact_reaches_fewer_and_earns_less() -> None:
    churned, risk = simulated()
    found = [empc_of(churned, risk, CLV, Terms(contact_cost=cost)) for cost in (0.5, 2, 8)]
    assert sorted((one.profit for one in found), reverse=True) == [one.profit for one in found]
    assert sorted((one.share for one in found), reverse=True) == [one.share for one in found]


def test_a_weight_of_two_is_a_row_twice() -> None:
    churned, risk = simulated(60)
    weights = np.ones(60)
    weights[:20] = 2
    twice = np.repeat(np.arange(60), weights.astype(int))
    (drawn,) = empc_draws(ranked(churned, risk, weights[None, :]), CLV, PAPER)
    assert drawn == pytest.approx(empc_of(churned[twice], risk[twice], CLV, PAPER).profit)


def test_resamples_lie_around_the_figure_itself() -> None:
    churned, risk = simulated(3 * MAX_GROUPS, digits=9)
    drawn = empc_draws(ranked(churned, risk, Resamples.of(np.arange(len(risk))).weights), CLV, PAPER)
    assert drawn[0] == pytest.approx(empc_of(churned, risk, CLV, PAPER).profit)
    low, high = np.percentile(drawn[1:], [2.5, 97.5])
    assert low < drawn[0] < high


def test_profit_of_known_outcomes_is_that_of_certain_risks() -> None:
    churned, risk = simulated()
    value = np.full(len(risk), CLV)
    curve = profit_curve(churned, churned, value, PAPER)
    np.testing.assert_allclose(curve.expected, curve.realised)
    assert curve.expected[0] == 0
    assert curve.contacted[-1] == len(risk)
    assert curve.realised[-1] == pytest.approx(contact_profit(churned, value, PAPER).sum())


def test_calibrated_risks_keep_their_promise_within_the_interval() -> None:
    churned, risk = simulated(20_000, digits=6)
    value = np.random.default_rng(1).lognormal(5, 0.5, len(risk))
    curve = profit_curve(risk, churned, value, PAPER)
    assert (curve.low <= curve.high).all()
    assert curve.low[curve.best] < curve.expected[curve.best] < curve.high[curve.best]
    told = profit_curve(np.clip(risk * 2, 0, 1), churned, value, PAPER)
    assert told.expected[told.best] > told.high[told.best], "twice the risk promises more than comes"


def test_a_list_earns_what_its_customers_bring() -> None:
    churned, risk = simulated()
    value = np.full(len(risk), CLV)
    brought = of_list(risk, churned, value, PAPER, 50)
    assert (brought != 0).sum() == 50
    assert of_list(churned, churned, value, PAPER, 50).sum() >= brought.sum()


@settings(max_examples=30, deadline=None)
@given(some.lists(some.tuples(some.booleans(), some.integers(0, 4)), min_size=2, max_size=40))
def test_gains_rise_from_nothing_to_all_and_never_beat_perfection(rows: list[tuple[bool, int]]) -> None:
    churned, risk = np.array([row[0] for row in rows], dtype=float), np.array([row[1] for row in rows], dtype=float)
    share, found = gains(churned, risk)
    assert found[0] == 0
    assert (np.diff(found) >= -1e-12).all()
    assert (found <= gains(churned, churned)[1] + 1e-9).all()
    if churned.any():
        assert found[-1] == pytest.approx(1)
        np.testing.assert_allclose(gains(churned, np.zeros(len(rows)))[1], share)


def test_lifts_of_tenths_average_to_one() -> None:
    churned, risk = simulated(1_000)
    rows = lift_of_tenths(churned, risk, Resamples.of(np.arange(1_000)))
    assert len(rows) == 10
    assert np.average([row["value"] for row in rows], weights=[row["n"] for row in rows]) == pytest.approx(1)
    assert rows[0]["value"] > 1 > rows[-1]["value"]
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
