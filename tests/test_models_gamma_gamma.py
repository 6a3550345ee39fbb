"""Gamma-Gamma and the orders to come: parameters found again, closed forms met, and limits that must hold."""

import numpy as np
import pytest
from scipy.special import hyp2f1

from models.btyd import BuyTillYouDie, Histories
from models.gamma_gamma import GammaGamma, fit_gamma_gamma
from models.order_forecast import expected_orders, orders_if_staying

MODEL = BuyTillYouDie(r=0.8, alpha=40.0, a=0.7, b=2.5)


def histories() -> Histories:
    """A one-time buyer of yesterday and of long ago, regulars, somebody gone, a wholesaler."""
    return Histories(
        np.array([0.0, 0.0, 1.0, 5.0, 20.0, 900.0]),
        np.array([0.0, 0.0, 30.0, 100.0, 20.0, 1090.0]),
        np.array([1.0, 300.0, 60.0, 120.0, 365.0, 1095.0]),
    )


def spenders(truth: GammaGamma, customers: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Mean money per order and number of orders, drawn from the model."""
    rng = np.random.default_rng(seed)
    orders = 1.0 + rng.poisson(3, customers)
    return rng.gamma(truth.p * orders, 1 / rng.gamma(truth.q, 1 / truth.scale, customers)) / orders, orders


@pytest.mark.parametrize("truth", [GammaGamma(4.0, 3.0, 50.0), GammaGamma(1.2, 5.0, 9_000.0)])
def test_planted_parameters_are_found_again(truth: GammaGamma) -> None:
    found = fit_gamma_gamma(*spenders(truth, 30_000))
    assert found is not None
    for name in ("p", "q", "scale"):
        assert getattr(found, name) == pytest.approx(getattr(truth, name), rel=0.12)


def test_the_currency_changes_nothing() -> None:
    mean, orders = spenders(GammaGamma(4.0, 3.0, 50.0), 3_000)
    euro, yen = fit_gamma_gamma(mean, orders), fit_gamma_gamma(mean * 160, orders)
    assert euro is not None
    assert yen is not None
    assert yen.expected_value(mean * 160, orders) == pytest.approx(160 * euro.expected_value(mean, orders))


def test_future_orders_are_worth_what_is_expected() -> None:
    """Judged on orders that the expectation did not see, in groups by what was seen."""
    truth, rng = GammaGamma(2.0, 4.0, 90.0), np.random.default_rng(2)
    rate = rng.gamma(truth.q, 1 / truth.scale, 60_000)
    orders = 1.0 + rng.poisson(1, len(rate))
    mean, later = rng.gamma(truth.p * orders, 1 / rate) / orders, rng.gamma(truth.p, 1 / rate)
    expected = truth.expected_value(mean, orders)
    for group in np.array_split(np.argsort(mean), 5):
        assert expected[group].mean() == pytest.approx(later[group].mean(), rel=0.06)


def test_few_orders_are_drawn_to_what_is_usual_and_many_are_believed() -> None:
    model = GammaGamma(2.0, 4.0, 90.0)
    usual = model.p * model.scale / (model.q - 1)
    once, often = model.expected_value(np.array([500.0, 500.0]), np.array([1.0, 1000.0]))
    assert usual < once < often
    assert often == pytest.approx(500, rel=0.01)


def test_nothing_to_tell_apart_is_no_model() -> None:
    assert fit_gamma_gamma(np.array([5.0, 5.0]), np.array([1.0, 2.0])) is None
    assert fit_gamma_gamma(np.array([-5.0, 0.0, np.nan]), np.array([1.0, 2.0, 3.0])) is None


def closed_form(model: BuyTillYouDie, known: Histories, days: float) -> np.ndarray:
    """Expected orders of MBG/NBD by the hypergeometric function (Batislam et al. 2007)."""
    r, a, b, repeats, now = model.r, model.a, model.b, known.repeats, model.alpha + known.age
    series = hyp2f1(r + repeats, b + repeats + 1, a + b + repeats, days / (now + days))
    silent = 1 - series * (now / (now + days)) ** (r + repeats)
    left = 1 + a / (b + repeats) * (now / (model.alpha + known.last)) ** (r + repeats)
    return (a + b + repeats) / (a - 1) * silent / left


@pytest.mark.parametrize("days", [14.0, 90.0, 365.0])
@pytest.mark.parametrize("model", [MODEL, BuyTillYouDie(1.5, 70.0, 12.0, 260.0), BuyTillYouDie(0.6, 9.0, 0.01, 12.0)])
def test_expected_orders_meet_the_closed_form(model: BuyTillYouDie, days: float) -> None:
    few = Histories(*(values[:5] for values in (histories().repeats, histories().last, histories().age)))
    assert expected_orders(model, few, days) == pytest.approx(closed_form(model, few, days), rel=1e-6)


@pytest.mark.parametrize("a", [0.001, 0.7, 900.0])
@pytest.mark.parametrize("b", [0.001, 2.5, 1000.0])
def test_odd_parameters_give_numbers_all_the_same(a: float, b: float) -> None:
    model = BuyTillYouDie(0.8, 40.0, a, b)
    found = expected_orders(model, histories(), 365.0)
    assert (np.isfinite(found) & (found >= 0)).all()
    assert (found <= (model.r + histories().repeats) / (model.alpha + histories().age) * 365.0 * 1.001).all()


def test_who_stays_orders_at_least_once_and_more_than_one_of_whom_nothing_is_known() -> None:
    staying = orders_if_staying(MODEL, histories(), 365.0, 90.0)
    assert (staying >= 1).all()
    assert (staying >= expected_orders(MODEL, histories(), 365.0) - 1e-9).all()
    quarter = orders_if_staying(MODEL, histories(), 90.0, 90.0)
    assert (staying <= quarter * 365 / 90).all()  # customers thin out, and staying is an order in the first quarter


def test_orders_of_stayers_are_those_of_simulated_stayers() -> None:
    rng, people, days, horizon = np.random.default_rng(3), 200_000, 200.0, 60.0
    rate, leave = rng.gamma(MODEL.r, 1 / MODEL.alpha, people), rng.beta(MODEL.a, MODEL.b, people)
    here, now, orders, first = rng.random(people) >= leave, np.zeros(people), np.zeros(people), np.full(people, np.inf)
    while here.any():
        now = np.where(here, now + rng.exponential(1 / np.maximum(rate, 1e-12)), np.inf)
        here &= now < days
        orders += here
        first = np.where(here & (orders == 1), now, first)
        here &= rng.random(people) >= leave
    new = Histories(np.zeros(1), np.zeros(1), np.zeros(1))
    seen = orders[first < horizon].mean()
    assert orders_if_staying(MODEL, new, days, horizon)[0] == pytest.approx(seen, rel=0.03)
