"""Six months through the real program on a planted truth: what is learned comes closer to it, and earns more."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.one_month import Measured
from benchmarks.rivals import ASSUMED, PLAN, POSSIBLE, RISKIEST, UNTAUGHT, VOUCHERS, planned, riskiest
from benchmarks.six_months import MONTHS, play
from benchmarks.six_months_page import Month, section
from models.experiments import Arm, share_difference
from models.plan import Limits

CUSTOMERS, SEED = 8000, 1


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> list[Month]:
    return play(CUSTOMERS, SEED, tmp_path_factory.mktemp("shop"))


def test_everybody_starts_from_the_same_belief(played):
    first = played[0]
    assert first.beliefs["mean"].tolist() == pytest.approx([ASSUMED] * 5)
    assert first.contacts[PLAN] == first.contacts[UNTAUGHT], "nothing is measured yet"
    assert (first.beliefs[["treated_n", "control_n", "harm"]] == 0).all(axis=None)


def test_every_action_is_tried_and_held_out_at_random(played):
    tried = played[-1].beliefs
    assert (tried[["treated_n", "control_n"]] > 20).all(axis=None)
    share = tried["control_n"].sum() / tried[["treated_n", "control_n"]].sum(axis=None)
    assert abs(share - 0.4) < 4 * np.sqrt(0.24 / tried[["treated_n", "control_n"]].sum(axis=None))


def test_beliefs_move_towards_the_truth(played):
    last = played[-1].beliefs
    error = (last["mean"] - last["true_acceptance"]).abs()
    assert (error < ASSUMED - last["true_acceptance"]).all(), "of every action"
    assert error.mean() < 0.6 * (ASSUMED - last["true_acceptance"]).mean()
    assert (last["mean"] < ASSUMED).all()


def test_the_plan_of_month_six_truly_earns_more(played):
    last = played[-1]
    assert last.day == MONTHS[-1] and len(played) == 6
    assert last.money[PLAN] > last.money[UNTAUGHT], "the plan of month one, made that day"
    assert last.money[PLAN] > last.money[RISKIEST]


def offers(rows: list[tuple]) -> pd.DataFrame:
    columns = ["customer_id", "action", "channel", "risk", "net", "cost", "minutes"]
    return pd.DataFrame(rows, columns=columns).assign(contact_cost=1.0)


def test_the_riskiest_come_first_until_the_limits_are_used():
    listed = offers([
        ("C1", "call", "phone", 0.9, 5.0, 4.0, 30.0), ("C1", "mail", "email", 0.9, 8.0, 1.0, 0.0),
        ("C2", "mail", "email", 0.8, 90.0, 1.0, 0.0), ("C3", "call", "phone", 0.7, 50.0, 4.0, 30.0),
        ("C4", "call", "phone", 0.6, 70.0, 4.0, 30.0), ("C5", "mail", "email", 0.95, -1.0, 1.0, 0.0),
    ])  # fmt: skip
    limits = Limits(budget=6.0, agent_hours=1.0, channel_caps={"email": 1.0})
    assert riskiest(listed, limits).values.tolist() == [["C1", "mail"], ["C3", "call"]]
    best = planned(listed, limits).values.tolist()
    assert best == [["C2", "mail"], ["C4", "call"]], "a plan takes what earns most"


def test_the_page_says_what_was_played():
    money = {PLAN: 900.0, UNTAUGHT: 300.0, RISKIEST: 500.0, VOUCHERS: 400.0, POSSIBLE: 1000.0}
    beliefs = pd.DataFrame(
        {"mean": 0.1, "low": 0.05, "high": 0.2, "harm": 0.01, "treated_n": 600, "control_n": 400,
         "true_acceptance": 0.12, "true_harm": 0.02}, index=pd.Index(["winback_voucher"], name="action")
    )  # fmt: skip
    months = [Month(day, money | {PLAN: 100.0 + place}, dict.fromkeys(money, 10), beliefs)
              for place, day in enumerate(MONTHS)]  # fmt: skip
    found = share_difference(Arm.of(600, 0.5), Arm.of(400, 0.4))
    every = ("winback_voucher", "wake_up_email", "service_call", "loyalty_bonus")
    told = section([months], 4000, [Measured(action, 0.1, found) for action in every])
    assert "| October | **105 (10 contacts)** | 300 (10 contacts) |" in told
    assert "The plan of month six truly earns 105, against 300 by *as in month one* (more in 0 of 1 shops)" in told
    assert "it earns 10%, in month one 10% (100)." in told
    assert "| winback_voucher | 600 : 400 | 0.30 | 0.100 (0.050 to 0.200) | 0.120 | 0.010 | 0.020 |" in told
    assert "| **all** | 4 |" in told
