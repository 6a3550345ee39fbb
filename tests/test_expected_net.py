"""Expected net is the formula, grows where it should, and is 0 at the break-even risk."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.actions import Acceptance, Action, Condition, Incentive
from models.expected_net import Money, assumptions, expected_net
from pipelines.catalogue import SHIPPED, read_catalogue

SHIPPED_ACTIONS = read_catalogue(SHIPPED).actions
WHEN = ((Condition("orders", low=0),),)


def action(kind="win-back", cost=2.0, gamma=0.3, **rest):
    prior = Acceptance(100 * gamma, 100 - 100 * gamma)
    return Action("a", "A", kind, "economic", "email", WHEN, cost, acceptance=prior, **rest)


def money(p, value=100.0, order=50.0, margin=20.0, share=np.nan):
    p = np.atleast_1d(np.asarray(p, dtype=float))
    return Money(p, *(np.full(len(p), float(number)) for number in (value, order, margin, share)))


def test_the_formula_by_hand():
    voucher = action(incentive=Incentive(share_of_order=0.1, amount=1.0, redemption=0.5))
    found = expected_net(voucher, money(0.4))
    incentive = 0.1 * 50 + 1
    assert found.net[0] == pytest.approx(0.4 * 0.3 * (100 - incentive) - 0.6 * 0.5 * incentive - 2)
    assert found.cost[0] == pytest.approx((0.4 * 0.3 + 0.6 * 0.5) * incentive + 2)
    assert found.net[0] + found.cost[0] == pytest.approx(0.4 * 0.3 * 100), "what it brings, before what it costs"


def test_whom_a_contact_drives_away_is_lost_money():
    harmful = replace(action(), acceptance=Acceptance(30, 70, "measured", harm=0.05))
    found, harmless = expected_net(harmful, money([0.1, 0.4])), expected_net(action(), money([0.1, 0.4]))
    assert harmless.net - found.net == pytest.approx(np.array([0.9, 0.6]) * 0.05 * 100)
    assert (found.break_even_risk > harmless.break_even_risk).all()
    assert expected_net(harmful, money(found.break_even_risk)).net == pytest.approx([0.0, 0.0])
    told = {given.name: (given.value, given.badge) for given in assumptions(harmful)}
    assert told["harm"] == (0.05, "measured"), "what counts in the net is told with its badge"


def test_a_sale_by_hand():
    found = expected_net(action("cross-sell", cost=0.5, gamma=0.05, gain=0.4), money(0.2))
    assert found.net[0] == pytest.approx(0.05 * 0.8 * 0.4 * 20 - 0.5)
    assert np.isnan(found.break_even_risk[0])


def test_dependence_on_discounts_makes_the_next_one_dearer():
    voucher = action(incentive=Incentive(amount=10, redemption=0.5))
    none, half, all_ = (expected_net(voucher, money(0.4, share=s), 1.0) for s in (np.nan, 0.5, 1.0))
    assert none.cost[0] - 2 == pytest.approx((half.cost[0] - 2) / 1.5) == pytest.approx((all_.cost[0] - 2) / 2)
    assert none.net[0] > half.net[0] > all_.net[0]
    assert expected_net(action(), money(0.4, share=1.0), 1.0).net == expected_net(action(), money(0.4), 0.0).net


shares = st.floats(0, 1)
amounts = st.floats(0, 500)


OFFERS = st.builds(
    lambda cost, gamma, share, rho: action(cost=cost, gamma=gamma, incentive=Incentive(share, 0.0, rho)),
    st.floats(0, 50), st.floats(0.01, 0.99), shares, shares,
)  # fmt: skip


@given(OFFERS, amounts, amounts, st.lists(shares, min_size=2))
def test_at_the_break_even_risk_the_net_is_zero_and_beyond_it_is_not_less(offer, value, order, risks):
    risks = np.array(risks)
    found = expected_net(offer, money(risks, value, order))
    edge = found.break_even_risk
    pays = ~np.isnan(edge)
    at_edge = expected_net(offer, money(np.where(pays, edge, 0), value, order)).net
    assert (edge[pays] <= 1).all()
    scale = 1 + value + order + offer.contact_cost
    assert (np.abs(at_edge[pays]) < 1e-9 * scale).all()
    assert (found.net[pays & (risks > edge)] > -1e-9 * scale).all()
    assert (found.net[pays & (risks < edge)] < 1e-9 * scale).all()
    assert (found.net[~pays] <= 1e-9 * scale).all(), "without a break-even risk it earns at no risk"


@given(st.sampled_from(SHIPPED_ACTIONS), st.lists(shares, min_size=2), amounts, amounts, shares)
def test_the_net_is_monotone_in_risk_and_in_value(one, risks, value, order, share):
    risks = np.sort(risks)
    net = expected_net(one, money(risks, value, order, order / 3, share), 1.0).net
    incentive = (one.incentive.share_of_order * order + one.incentive.amount) * (1 + share)
    rises = one.acceptance.mean * (value - incentive) + one.incentive.redemption * incentive >= 0
    steps = np.diff(net) * (-1 if one.is_sale or not rises else 1)
    assert (steps >= -1e-9 * (1 + value + order)).all(), "more risk, more to win; and less to sell"
    richer = expected_net(one, money(risks, value + 100, order, order / 3, share), 1.0).net
    assert (richer >= net).all()


@pytest.mark.parametrize("one", SHIPPED_ACTIONS, ids=lambda one: one.id)
def test_every_assumption_has_a_badge(one):
    told = {given.name: given.badge for given in assumptions(one)}
    assert told["churn_risk"] == "modelled"
    assert told["acceptance"] == one.acceptance.source == "assumed"
    assert ("gain" in told) == one.is_sale
    assert ("expected_value" in told) != one.is_sale
    assert ("incentive_amount" in told) == one.incentive.is_any
    assert ("redemption" in told) == (one.incentive.is_any and not one.is_sale)
