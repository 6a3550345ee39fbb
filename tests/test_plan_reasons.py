"""Who is displaced by what, who is left alone and why, and what that saves."""

import numpy as np
import pytest

from benchmarks.plan import ACTIONS, money, tight
from models.plan import Limits, PlanAction, dense_offers, make_plan
from models.plan_reasons import (
    DISPLACED,
    EXPENSIVE,
    LOST,
    NOTHING,
    RULE,
    STAYS,
    displaced,
    left_alone,
    left_alone_by_reason,
)

MAIL, CALL = PlanAction("mail", "email", 1.0), PlanAction("call", "phone", 4.0, 12.0)


def test_a_customer_whose_call_does_not_fit_gets_a_mail_and_the_limit_is_named():
    net = np.array([[5.0, 20.0], [5.0, 9.0], [5.0, 8.0]])
    plan = make_plan(dense_offers([MAIL, CALL], net), Limits(agent_hours=0.2, budget=100.0))
    assert plan.choice.tolist() == [1, 0, 0]
    found = displaced(plan)
    assert found["customer"].tolist() == [1, 2]
    assert found["wanted"].tolist() == ["call", "call"]
    assert found["given"].tolist() == ["mail", "mail"]
    assert found["limit"].tolist() == ["agent_hours", "agent_hours"]
    assert found["net_given_up"].tolist() == [4.0, 3.0]


@pytest.mark.parametrize(
    ("limits", "name"),
    [(Limits(budget=1.0), "budget"), (Limits(channel_caps={"email": 1}), "email"), (Limits(budget=1.5), "budget")],
)
def test_who_gets_nothing_because_of_a_limit_is_displaced_and_left_alone(limits, name):
    plan = make_plan(dense_offers([MAIL], np.array([[3.0], [2.0]])), limits)
    (row,) = displaced(plan).itertuples()
    assert (row.customer, row.wanted, row.limit, row.net_given_up) == (1, "mail", name, 2.0)
    assert displaced(plan)["given"].isna().all()
    (alone,) = left_alone(plan).itertuples()
    assert (alone.customer, alone.reason, alone.because) == (1, DISPLACED, name)
    assert (alone.cost_avoided, alone.loss_avoided, alone.net_forgone) == (1.0, 0.0, 2.0)


def test_every_kind_of_reason_is_told_with_its_money():
    # Mail costs 1: it brings 0.4 at a risk of 0.1 (and 4 at certainty), 0.5 at a risk of 0.9, 0.1 at a risk of 0.3.
    net = np.array([[-0.6], [-0.5], [-0.9], [2.0], [np.nan], [3.0]])
    blocked = np.array([[False], [False], [False], [True], [False], [False]])
    offers = dense_offers([MAIL], net, blocked=blocked, churn_risk=np.array([0.1, 0.9, 0.3, 0.5, 0.5, 0.5]))
    plan = make_plan(offers, Limits())
    alone = left_alone(plan)
    assert alone["customer"].tolist() == [0, 1, 2, 3, 4]
    assert alone["reason"].tolist() == [STAYS, LOST, EXPENSIVE, RULE, NOTHING]
    assert alone["because"].dropna().tolist() == ["blocked"]
    assert alone["cost_avoided"].tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]
    assert alone["loss_avoided"].tolist() == [0.6, 0.5, 0.9, 0.0, 0.0]
    assert alone["net_forgone"].tolist() == [0.0, 0.0, 0.0, 2.0, 0.0]
    assert alone["action"].isna().tolist() == [False, False, False, False, True]
    counted = left_alone_by_reason(alone)
    assert counted["customers"].sum() == 5
    assert counted["loss_avoided"].sum() == pytest.approx(2.0)


def test_without_a_churn_risk_nobody_is_said_to_stay_or_to_be_lost():
    plan = make_plan(dense_offers([MAIL], np.array([[-0.6], [-0.5]])), Limits())
    assert left_alone(plan)["reason"].tolist() == [EXPENSIVE, EXPENSIVE]


def test_the_lists_and_the_plan_account_for_every_customer_and_every_euro():
    net, cost, risk = money(2_000, 6)
    blocked = np.random.default_rng(1).random(net.shape) < 0.2
    offers = dense_offers(ACTIONS, net, cost, blocked, risk)
    plan = make_plan(offers, tight(2_000), with_gains=False)
    given_up, alone = displaced(plan), left_alone(plan)
    assert plan.contacts + len(alone) == 2_000
    assert set(alone["customer"]).isdisjoint(np.flatnonzero(plan.row >= 0))
    open_net = np.where(blocked, np.nan, net)
    dream = np.nan_to_num(np.maximum(open_net, 0)).max(axis=1).sum()
    assert plan.value + given_up["net_given_up"].sum() == pytest.approx(dream)
    assert set(alone.loc[alone["reason"] == DISPLACED, "customer"]) <= set(given_up["customer"])
    named = dict.fromkeys(("budget", "agent_hours", "email", "sms"))
    assert set(given_up["limit"]) <= set(named), "only limits that are ones displace"


def test_lists_of_nothing_are_empty():
    plan = make_plan(dense_offers([], np.zeros((2, 0))), Limits(budget=1.0))
    assert len(displaced(plan)) == 0
    assert left_alone(plan)["reason"].tolist() == [NOTHING, NOTHING]
    plan = make_plan(dense_offers([MAIL], np.array([[3.0]])), Limits())
    assert (len(displaced(plan)), len(left_alone(plan)), len(left_alone_by_reason(left_alone(plan)))) == (0, 0, 0)
