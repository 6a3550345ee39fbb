"""The plan is the best there is where it says so, within every limit always, and never further off than it admits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from benchmarks.plan import ACTIONS, money, tight
from models.plan import Limits, Offers, PlanAction, dense_offers, make_plan
from tests.plan_cases import best_by_trying_all, is_within

cents = st.integers(0, 400).map(lambda amount: amount / 100)


@st.composite
def small_cases(draw):
    """Up to six customers and three actions with any nets, costs, minutes, rules and limits."""
    customers, count = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    channels = draw(st.lists(st.sampled_from(["email", "phone"]), min_size=count, max_size=count))
    minutes = draw(st.lists(st.sampled_from([0.0, 1.0, 7.0]), min_size=count, max_size=count))
    actions = [PlanAction(f"a{place}", channels[place], 0.0, minutes[place]) for place in range(count)]

    def table(elements):
        row = st.lists(elements, min_size=count, max_size=count)
        return np.array(draw(st.lists(row, min_size=customers, max_size=customers)))

    net = table(st.one_of(st.integers(-300, 900).map(lambda amount: amount / 100), st.just(np.nan), st.just(-np.inf)))
    offers = dense_offers(actions, net, table(cents), table(st.sampled_from([False, False, False, True])))
    limits = Limits(
        draw(st.one_of(cents, st.just(np.inf))),
        draw(st.sampled_from([0.0, 0.02, 0.125, 0.15, np.inf])),
        draw(st.dictionaries(st.sampled_from(["email", "phone"]), st.integers(0, 4))),
    )
    return offers, limits


def chosen(plan) -> np.ndarray:
    return plan.row[plan.row >= 0]


@settings(max_examples=120, deadline=None)
@given(small_cases())
def test_small_plans_are_the_best_of_all_plans(case):
    offers, limits = case
    plan = make_plan(offers, limits, with_gains=False)
    best = best_by_trying_all(offers, limits)
    assert plan.value == pytest.approx(best, abs=1e-6)
    assert plan.method == "exact"
    assert is_within(offers, chosen(plan), limits)
    assert (offers.column("rule")[chosen(plan)] < 0).all()
    assert (offers.column("net")[chosen(plan)] > 0).all()
    assert (offers.column("customer")[chosen(plan)] == np.flatnonzero(plan.row >= 0)).all()


@settings(max_examples=40, deadline=None)
@given(small_cases(), st.sampled_from(["budget", "agent_hours", "email", "phone"]), st.sampled_from([0.05, 1.0, 3.0]))
def test_a_raised_limit_never_earns_less(case, name, step):
    offers, limits = case
    before = make_plan(offers, limits, with_gains=False)
    assert make_plan(offers, limits.raised(name, step), with_gains=False).value >= before.value - 1e-9


def highs(offers: Offers, limits: Limits, is_whole: bool) -> float:
    """The best value of the whole programme, or of its linear relaxation, straight from HiGHS."""
    rows = offers.rows[(offers.rows["rule"] < 0)]
    place = np.arange(len(rows))
    one_each = csr_array((np.ones(len(rows)), (rows["customer"], place)), shape=(offers.customers, len(rows)))
    uses = [rows["cost"].to_numpy(), rows["minutes"].to_numpy() / 60]
    uses += [(rows["channel"] == code).to_numpy(float) for code in range(len(offers.channels))]
    most = [limits.budget, limits.agent_hours, *(limits.channel_caps.get(name, np.inf) for name in offers.channels)]
    kept = np.isfinite(most)
    table = vstack([one_each, csr_array(np.array(uses)[kept])])
    limit = np.r_[np.ones(offers.customers), np.array(most)[kept]]
    net = -rows["net"].to_numpy()
    if not is_whole:
        return -linprog(net, A_ub=table, b_ub=limit, bounds=(0, 1), method="highs").fun
    found = milp(
        net,
        constraints=LinearConstraint(table, -np.inf, limit),
        integrality=np.ones(len(net)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 1e-6},
    )
    return -found.fun


@pytest.mark.parametrize("seed", range(3))
def test_the_gap_is_honest_and_the_bound_is_that_of_the_linear_relaxation(seed):
    customers = 1_000
    net, cost, _ = money(customers, seed)
    offers, limits = dense_offers(ACTIONS, net, cost), tight(customers)
    plan = make_plan(offers, limits, with_gains=False)
    relaxed = highs(offers, limits, is_whole=False)
    assert plan.value <= relaxed + 1e-6
    assert plan.bound <= relaxed * 1.0005
    assert plan.gap <= 0.005
    assert is_within(offers, chosen(plan), limits)


def test_the_exact_plan_is_that_of_highs_alone():
    net, cost, _ = money(300, 5)
    offers, limits = dense_offers(ACTIONS, net, cost), tight(300)
    plan = make_plan(offers, limits, with_gains=False)
    best = highs(offers, limits, is_whole=True)
    assert plan.bound >= best - 1e-6 * best
    assert plan.method == "exact"
    assert plan.value == pytest.approx(best, rel=2e-6)


def families():
    """Kinds of shops and limits in which a method that goes by prices could go astray."""
    customers = 4_000
    net, cost, _ = money(customers, 9)
    free = Limits()
    equal = np.full((customers, 16), 5.0)
    yield "equal nets", equal, cost * 0 + 1.0, Limits(budget=1_234.5)
    yield "equal nets and two limits", equal, cost * 0 + 1.0, Limits(1_234.5, 20.0, {"phone": 7})
    yield "hardly any budget", net, cost, Limits(budget=20.0)
    yield "hardly any hours", net, cost, Limits(agent_hours=1.0)
    yield "one mail", net, cost, Limits(channel_caps={"email": 1, "phone": 0, "post": 3})
    yield "budget for nearly all", net, cost, Limits(budget=float(np.nanmean(cost) * customers * 0.8))
    yield "no limits", net, cost, free
    yield "few giants", net * np.where(np.arange(customers) % 400 == 0, 1_000, 1)[:, None], cost, tight(customers)
    yield "coarse cents", np.round(net), np.round(cost) + 1, tight(customers)
    yield "tiny money", net * 1e-6, cost * 1e-6, Limits(0.5e-6 * customers, 16.0)


def test_no_kind_of_shop_leaves_more_than_half_a_percent():
    for name, net, cost, limits in families():
        offers = dense_offers(ACTIONS, net, cost)
        plan = make_plan(offers, limits, with_gains=False)
        assert plan.gap <= 0.005, (name, plan.told())
        assert is_within(offers, chosen(plan), limits), name


def test_the_same_offers_give_the_same_plan_and_equal_ones_go_to_the_first():
    net, cost, _ = money(3_000, 2)
    offers = dense_offers(ACTIONS, net, cost)
    first, second = (make_plan(offers, tight(3_000), with_gains=False) for _ in range(2))
    assert (first.row == second.row).all()
    two = [PlanAction("one", "email", 1.0), PlanAction("other", "email", 1.0)]
    plan = make_plan(dense_offers(two, np.full((5, 2), 3.0)), Limits(budget=2.0))
    assert plan.choice.tolist() == [0, 0, -1, -1, -1]


@pytest.mark.parametrize("customers", [0, 1, 3])
def test_without_actions_or_without_customers_nobody_is_contacted(customers):
    plan = make_plan(dense_offers([], np.zeros((customers, 0))), Limits(10.0, 1.0, {"email": 1}))
    assert (plan.value, plan.bound, plan.contacts, plan.gap, plan.method) == (0, 0, 0, 0, "exact")
    assert len(plan.choice) == customers
    assert len(plan.assignments()) == 0


def test_one_customer_gets_the_best_action_that_fits():
    actions = [PlanAction("mail", "email", 1.0), PlanAction("call", "phone", 4.0, 12.0)]
    offers = dense_offers(actions, np.array([[5.0, 9.0]]))
    assert make_plan(offers, Limits()).choice.tolist() == [1]
    assert make_plan(offers, Limits(budget=3.99)).choice.tolist() == [0]
    assert make_plan(offers, Limits(agent_hours=0.2)).choice.tolist() == [1]
    assert make_plan(offers, Limits(agent_hours=0.19, channel_caps={"email": 0})).choice.tolist() == [-1]


def test_nobody_is_contacted_at_a_loss_or_without_a_limit_to_spend():
    actions = [PlanAction("mail", "email", 1.0)]
    assert make_plan(dense_offers(actions, np.full((4, 1), -2.0)), Limits()).contacts == 0
    assert make_plan(dense_offers(actions, np.full((4, 1), np.nan)), Limits()).contacts == 0
    assert make_plan(dense_offers(actions, np.full((4, 1), 2.0)), Limits(budget=0.0)).contacts == 0


def test_what_cannot_be_reckoned_with_is_refused():
    actions = [PlanAction("mail", "email", 1.0)]
    with pytest.raises(ValueError, match="inf"):
        dense_offers(actions, np.array([[np.inf]]))
    with pytest.raises(ValueError, match="cost"):
        dense_offers(actions, np.ones((2, 1)), cost=np.array([[1.0], [np.nan]]))
    with pytest.raises(ValueError, match="budget"):
        Limits(budget=-1.0)
    with pytest.raises(ValueError, match="phone"):
        Limits(channel_caps={"phone": np.nan})


@pytest.mark.parametrize("customers", [40, 1_200])
def test_more_of_a_limit_earns_what_it_says(customers):
    net, cost, _ = money(customers, 3)
    offers, limits = dense_offers(ACTIONS, net, cost), tight(customers)
    plan = make_plan(offers, limits)
    for use in plan.limit_uses:
        more = make_plan(offers, limits.raised(use.name, use.step), with_gains=False)
        told_within = (plan.bound - plan.value) + (more.bound - more.value) + 0.003 * plan.value
        assert use.gain == pytest.approx(more.value - plan.value, abs=told_within), use
        assert use.used <= use.limit * (1 + 1e-8)
        assert use.gain >= -1e-9
    assert any(use.is_binding for use in plan.limit_uses)


def test_a_limit_that_is_not_reached_is_worth_nothing_more():
    net, cost, _ = money(200, 4)
    plan = make_plan(dense_offers(ACTIONS, net, cost), Limits(1e6, 1e5, {"email": 1e4}))
    assert [(use.price, use.gain, use.is_binding) for use in plan.limit_uses] == [(0, 0, False)] * 3
    assert plan.value == pytest.approx(np.nanmax(np.maximum(np.nan_to_num(net), 0), axis=1).sum())


def test_a_plan_without_gains_still_says_which_limits_bind():
    net, cost, _ = money(2_000, 3)
    offers = dense_offers(ACTIONS, net, cost)
    quick, full = (make_plan(offers, tight(2_000), with_gains=so) for so in (False, True))
    assert (quick.row == full.row).all()
    assert [use.is_binding for use in quick.limit_uses] == [use.is_binding for use in full.limit_uses]


def test_a_budget_of_nothing_is_worth_more():
    plan = make_plan(dense_offers([PlanAction("mail", "email", 1.0)], np.full((50, 1), 3.0)), Limits(budget=0.0))
    (budget,) = plan.limit_uses
    assert budget.gain == pytest.approx(150.0)
