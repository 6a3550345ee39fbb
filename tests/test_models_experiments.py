"""A difference between arms keeps the word of its interval, whatever the shares, tails and strata."""

from datetime import date

import numpy as np
import pytest
from scipy import stats

from models.experiments import (
    Arm,
    Difference,
    adjusted,
    is_worse,
    mean_difference,
    sample_ratio,
    share_difference,
    state_of,
)

RNG = np.random.default_rng(5)


def money(values: np.ndarray, before: np.ndarray | None = None) -> Arm:
    """One stratum from single customers."""
    if before is None:
        return Arm.of(len(values), values.mean(), values.var(ddof=1))
    told = before.mean(), before.var(ddof=1), np.cov(values, before)[0, 1]
    return Arm.of(len(values), values.mean(), values.var(ddof=1), told)


def test_newcombe_gives_the_published_interval() -> None:
    # Newcombe (1998), table II, contrast (a) by method 10: 56/70 against 48/80
    found = share_difference(Arm.of(70, 56 / 70), Arm.of(80, 48 / 80))
    assert (found.difference, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_welch_is_scipys() -> None:
    one, other = RNG.gamma(2, 10, 80), RNG.gamma(2, 12, 25)
    found = mean_difference(money(one), money(other))
    low, high = stats.ttest_ind(one, other, equal_var=False).confidence_interval()
    assert (found.low, found.high) == pytest.approx((low, high))


@pytest.mark.parametrize(("n", "m", "p", "q"), [(60, 30, 0.03, 0.03), (400, 100, 0.95, 0.9), (900, 600, 0.4, 0.5)])
def test_share_intervals_cover_the_truth(n: int, m: int, p: float, q: float) -> None:
    draws = [
        share_difference(Arm.of(n, a / n), Arm.of(m, b / m))
        for a, b in zip(RNG.binomial(n, p, 600), RNG.binomial(m, q, 600), strict=True)
    ]
    assert np.mean([one.low <= p - q <= one.high for one in draws]) > 0.92


def test_arms_drawn_at_random_from_heavy_tails_are_seldom_told_apart() -> None:
    spending = np.concatenate([RNG.pareto(2.2, 1_900) * 40, RNG.pareto(1.25, 100) * 900])
    before = spending * RNG.gamma(4, 0.25, 2_000)
    plain, told = [], []
    for _ in range(400):
        control = RNG.random(2_000) < 0.4
        arms = money(spending[~control], before[~control]), money(spending[control], before[control])
        plain.append(mean_difference(*arms))
        told.append(mean_difference(*adjusted(*arms)))
    for found in (plain, told):
        assert np.mean([one.low <= 0 <= one.high for one in found]) > 0.93
    width = [np.mean([one.high - one.low for one in found]) for found in (plain, told)]
    assert width[1] < 0.8 * width[0], "what was spent before explains much of it"


def test_a_figure_from_before_moves_no_effect() -> None:
    before = RNG.gamma(2, 50, 4_000)
    control = np.arange(4_000) % 4 == 0
    after = before * 0.8 + np.where(control, 0.0, 7.0) + RNG.normal(0, 5, 4_000)
    arms = money(after[~control], before[~control]), money(after[control], before[control])
    found = mean_difference(*adjusted(*arms))
    assert found.low < 7 < found.high
    assert found.treated - found.control == pytest.approx(found.difference)


def test_unlike_control_shares_do_not_tilt_the_sum_of_campaigns() -> None:
    # the same effect in both, yet customers together would say the opposite (Simpson)
    treated, control = Arm.of([9_000, 1_000], [0.30, 0.80]), Arm.of([1_000, 9_000], [0.25, 0.75])
    assert (treated.n @ treated.mean - control.n @ control.mean) / 10_000 < 0
    found = share_difference(treated, control)
    assert found.difference == pytest.approx(0.05)
    assert found.low > 0


def test_equal_shares_pool_as_one_campaign() -> None:
    apart = share_difference(Arm.of([60, 140], [0.5, 0.3]), Arm.of([30, 70], [0.4, 0.2]))
    together = share_difference(Arm.of(200, 0.36), Arm.of(100, 0.26))
    assert (apart.low, apart.high) == pytest.approx((together.low, together.high))


def test_an_empty_arm_gives_no_figure() -> None:
    for found in (share_difference(Arm.of(10, 0.5), Arm.of(0, 0.0)), mean_difference(Arm.of(9, 1, 1), Arm.of(1, 2))):
        assert np.isnan([found.difference, found.low, found.high]).all()


def test_sample_ratio_knows_a_broken_draw_from_chance() -> None:
    honest = [sample_ratio(5_000 - int(c), int(c), 0.1) for c in RNG.binomial(5_000, 0.1, 2_000)]
    assert np.mean(np.array(honest) < 0.001) < 0.005
    assert sample_ratio(5_000, 400, 0.1) < 0.001
    assert np.isnan(sample_ratio(0, 0, 0.1))


@pytest.mark.parametrize(
    ("arms", "day", "state"),
    [
        ((900, 100), date(2026, 5, 31), "running"),
        ((900, 100), date(2026, 6, 1), "measured"),
        ((900, 0), date(2026, 6, 1), "no control"),
        ((0, 0), date(2026, 5, 30), "running"),
    ],
)
def test_no_result_until_its_stop_date_is_over(arms: tuple[int, int], day: date, state: str) -> None:
    assert state_of(*arms, date(2026, 5, 31), day) == state


@pytest.mark.parametrize(("metric", "low", "high", "bad"), [
    ("complaints", 0.01, 0.02, True), ("complaints", -0.02, -0.01, False), ("unsubscribes", -0.01, 0.02, False),
    ("csat", -0.2, -0.1, True), ("csat", 0.1, 0.2, False), ("csat", -0.2, 0.1, False),
])  # fmt: skip
def test_guardrails_know_their_bad_side(metric: str, low: float, high: float, bad: bool) -> None:
    assert is_worse(metric, Difference(9, 9, 0, 0, 0, low, high)) is bad
