"""Buy till you die: the formulas against integration and simulation, and parameters found again."""

import numpy as np
import pytest
from scipy import integrate, stats

from models.btyd import KINDS, BuyTillYouDie, Histories, fit_btyd

TRUTH = {kind: BuyTillYouDie(0.8, 40.0, 0.7, 2.5, kind) for kind in KINDS}
CASES = [
    (0.0, 0.0, 30.0),
    (0.0, 0.0, 200.0),
    (1.0, 12.0, 20.0),
    (3.0, 100.0, 110.0),
    (3.0, 100.0, 300.0),
    (9.0, 80.0, 200.0),
]


def as_histories(cases) -> Histories:
    return Histories(*np.array(cases, dtype=float).T)


def simulate(truth: BuyTillYouDie, customers: int, days: float, seed: int = 1) -> tuple[Histories, np.ndarray]:
    """Histories up to a random age, and whether no order comes in the `days` after it, customer by customer."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(truth.r, 1 / truth.alpha, customers)
    leave = rng.beta(truth.a, truth.b, customers)
    age = rng.integers(60, 400, customers).astype(float)
    repeats, last, quiet = np.zeros(customers), np.zeros(customers), np.ones(customers, dtype=bool)
    for who in range(customers):
        left = truth.kind == "mbg" and rng.random() < leave[who]
        moment = 0.0
        while not left:
            moment += rng.exponential(1 / rate[who])
            if moment > age[who]:
                quiet[who] = moment > age[who] + days
                break
            repeats[who], last[who] = repeats[who] + 1, moment
            left = rng.random() < leave[who]
    return Histories(repeats, last, age), quiet


@pytest.fixture(scope="module", params=KINDS)
def world(request) -> tuple[BuyTillYouDie, Histories, np.ndarray]:
    truth = TRUTH[request.param]
    return truth, *simulate(truth, 20_000, 60.0)


def likelihood_by_integration(truth: BuyTillYouDie, case: tuple[float, float, float]) -> float:
    """Rate and leaving integrated numerically over what one customer's orders would be were both known."""
    repeats, last, age = case
    chances = repeats + (truth.kind == "mbg")

    def given(leave: float, rate: float) -> float:
        stays = (1 - leave) ** chances * rate**repeats * np.exp(-rate * age)
        leaves = leave * (1 - leave) ** (chances - 1) * rate**repeats * np.exp(-rate * last) if chances else 0.0
        return (stays + leaves) * rate_density(rate) * leave_density(leave)

    rate_density = stats.gamma(truth.r, scale=1 / truth.alpha).pdf
    leave_density = stats.beta(truth.a, truth.b).pdf
    nodes, weights = np.polynomial.legendre.leggauss(60)
    leaves = [((node + 1) / 2, weight / 2) for node, weight in zip(nodes, weights, strict=True)]
    # Both densities may grow without bound at 0; a power of the variable takes that away.
    power = 6

    def inner(root: float) -> float:
        rate = root**power
        slices = (given(leave**power, rate) * power * leave ** (power - 1) * weight for leave, weight in leaves)
        return sum(slices) * power * root ** (power - 1)

    return integrate.quad(inner, 0, 1.2, limit=200)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_likelihood_is_the_integral_over_all_customers_there_could_be(kind):
    found = np.exp(TRUTH[kind].log_likelihood(as_histories(CASES)))
    expected = [likelihood_by_integration(TRUTH[kind], case) for case in CASES]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_parameters_are_found_again(world):
    truth, histories, _ = world
    found = fit_btyd(histories, kind=truth.kind)
    assert found.r == pytest.approx(truth.r, rel=0.1)
    assert found.alpha == pytest.approx(truth.alpha, rel=0.12)
    assert found.a / (found.a + found.b) == pytest.approx(truth.a / (truth.a + truth.b), rel=0.12)
    assert found.log_likelihood(histories).sum() >= truth.log_likelihood(histories).sum()


def test_no_small_step_is_more_likely(world):
    """The fit is a maximum, so its slopes are right."""
    truth, histories, _ = world
    found = fit_btyd(histories, kind=truth.kind)
    best = found.log_likelihood(histories).mean()
    for name in ("r", "alpha", "a", "b"):
        for factor in (0.95, 1.05):
            values = found.to_dict() | {name: getattr(found, name) * factor}
            assert BuyTillYouDie(**values).log_likelihood(histories).mean() < best


def test_quiet_customers_are_as_many_as_simulated(world):
    """In every tenth by risk the probability is the share of customers from whom no order came."""
    truth, histories, quiet = world
    risk = truth.p_quiet(histories, 60.0)
    for part in np.array_split(np.argsort(risk, kind="stable"), 10):
        spread = np.sqrt(risk[part].mean() * (1 - risk[part].mean()) / len(part))
        assert abs(quiet[part].mean() - risk[part].mean()) < 4.5 * spread


@pytest.mark.parametrize("kind", KINDS)
def test_more_days_make_an_order_more_likely_and_the_limit_is_having_left(kind):
    histories = as_histories(CASES)
    risks = np.array([TRUTH[kind].p_quiet(histories, days) for days in (1, 30, 365)])
    assert (np.diff(risks, axis=0) < 0).all()
    assert (risks > 1 - TRUTH[kind].p_alive(histories)).all()


def test_a_one_time_buyer_is_alive_for_ever_in_one_model_only():
    once = as_histories([(0, 0, 300)])
    assert TRUTH["bg"].p_alive(once) == 1
    assert TRUTH["mbg"].p_alive(once) < 0.5
    assert TRUTH["bg"].p_quiet(once, 30.0) > 0.8  # which is why P(alive) is no churn score


def test_weights_count_customers():
    histories, _ = simulate(TRUTH["mbg"], 2_000, 60.0)
    twice = Histories(
        *(np.concatenate([part, part[:500]]) for part in (histories.repeats, histories.last, histories.age))
    )
    weight = np.where(np.arange(2_000) < 500, 2.0, 1.0)
    counted, repeated = fit_btyd(histories, weight), fit_btyd(twice)
    np.testing.assert_allclose(counted.p_quiet(histories, 60.0), repeated.p_quiet(histories, 60.0), rtol=1e-4)
    assert abs(fit_btyd(histories).r - repeated.r) > 1e-3


def test_the_longest_histories_stay_finite():
    histories = as_histories([(3000, 1, 4000), (3000, 4000, 4000), (0, 0, 0), (0, 0, 4000)])
    for kind in KINDS:
        assert np.isfinite(TRUTH[kind].quiet_log_odds(histories, 30.0)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_shop_of_one_time_buyers_can_be_fitted(kind):
    ages = np.arange(1.0, 400.0)
    once = Histories(np.zeros_like(ages), np.zeros_like(ages), ages)
    assert (fit_btyd(once, kind=kind).p_quiet(once, 90.0) > 0.95).all()
