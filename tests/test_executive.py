"""The sentence, risks and experiments of the overview: words follow figures, and nothing is claimed beyond chance."""

import json
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import executive_experiments, executive_risks
from models.executive_experiments import Experiment, detectable, rounds_for
from models.executive_risks import Risk
from models.executive_sentence import Ahead, AtRisk, Kept, Known, Rate, sentence
from models.power import POWER, power_of
from models.told import points
from pages.components import access, campaign_parts, experience_words, worklist
from pipelines import overview_experiments, overview_risks, publish
from pipelines.queries.rows import records

OCTOBER, LAST = date(2026, 10, 1), date(2025, 10, 1)
SHOP = Known(
    "EUR",
    Rate(OCTOBER, 0.976, 3_000),
    Rate(LAST, 0.95, 2_600),
    Ahead(date(2026, 11, 1), 0.966, 0.964, 0.968),
    AtRisk(577_460.4, 90, "Loyal", 0.44),
    Kept(12_400.0, 3_000.0, 21_800.0),
)


def told(known: Known) -> str:
    """The sentence with plain blanks."""
    return sentence(known)[0].replace("\u00a0", " ")


def test_the_sentence_says_who_stays_what_is_at_stake_and_what_was_earned():
    assert told(SHOP) == (
        "In October 2026, 97.6 % of customers stayed, 2.6 points more than a year before; in November only 96.6 % are "
        "expected to; € 577,460 of margin is at risk in the next 90 days, 44 % of it in the group “Loyal”; "
        "campaigns earned € 12,400 of revenue in twelve months that would not have come (95 %: € 3,000 to € 21,800)."
    )


def test_a_difference_within_chance_is_none():
    assert "about as many as a year before" in told(replace(SHOP, year_ago=Rate(LAST, 0.974, 2_600)))
    assert "points fewer than" in told(replace(SHOP, year_ago=Rate(LAST, 0.99, 2_600)))
    assert "year before" not in told(replace(SHOP, year_ago=None))


def test_a_month_ahead_is_told_only_beyond_its_band():
    within = replace(SHOP, ahead=Ahead(date(2026, 11, 1), 0.974, 0.970, 0.978))
    assert "expected" not in told(within)
    assert "in November 98.5 % are expected to" in told(
        replace(SHOP, ahead=Ahead(date(2026, 11, 1), 0.985, 0.982, 0.988))
    )


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (None, "not measured yet"),
        (Kept(500.0, -200.0, 1_200.0), "neither gain nor loss beyond chance"),
        (Kept(-900.0, -1_500.0, -300.0), "campaigns cost € 900"),
    ],
)
def test_what_campaigns_earned_is_claimed_only_beyond_chance(kept, words):
    assert words in told(replace(SHOP, kept=kept))


def test_a_shop_that_knows_nothing_says_so_in_one_sentence():
    text = told(Known("EUR"))
    assert text == (
        "How many customers stay is not known yet, the data are too young; who is about to leave is not known yet; "
        "what contacting customers earns is not measured yet."
    )


RATES, MONEY = st.floats(0.5, 1), st.floats(-1e6, 1e6)


@given(st.tuples(RATES, RATES, st.integers(50, 10**6)), st.tuples(st.floats(0, 1e9), st.floats(0, 1)), MONEY, MONEY)
def test_every_shop_gets_one_sentence_whose_clauses_are_in_it(rates, at_risk, amount, width):
    now, before, n = rates
    money, share = at_risk
    known = Known(
        "CHF", Rate(OCTOBER, now, n), Rate(LAST, before, n), None, AtRisk(money, 60, "Loyal", share),
        Kept(amount, amount - abs(width), amount + abs(width)),
    )  # fmt: skip
    text, parts = sentence(known)
    assert text.endswith(".")
    assert text[0].isupper()
    assert all(part.text[1:] in text for part in parts)
    assert "nan" not in text


def risk(name: str, money: float | None = None, **more) -> Risk:
    given = {"theme": name, "title": name, "sentence": name, "page": "worklist", "customers": 50} | more
    return Risk(name, money=money, **given)


def test_risks_come_by_money_one_of_each_theme_and_doubt_about_the_figures_first():
    found = [
        risk("small", 10.0), risk("large", 900.0), risk("same", 800.0, theme="large"), risk("plain"),
        risk("doubt", customers=None, is_first=True), risk("few", 5_000.0, customers=2),
    ]  # fmt: skip
    assert [one.risk_id for one in executive_risks.top(found)] == ["doubt", "large", "small"]
    assert [one.risk_id for one in executive_risks.top(found, 9)] == ["doubt", "large", "small", "plain"]
    assert executive_risks.top([]) == []


def test_a_test_is_proposed_with_as_many_campaigns_as_show_what_is_assumed():
    rounds = rounds_for(400, 0.3, 0.08)
    assert rounds is not None
    assert rounds > 1
    arm = 400 / 2
    assert power_of(rounds * arm, rounds * arm, 0.3, 0.08) >= POWER > power_of((rounds - 1) * arm, arm, 0.3, 0.08)
    assert detectable(400 * rounds, 0.3) <= 0.08
    assert rounds_for(400, 0.8, 0.005) is None  # more than a year of campaigns
    assert rounds_for(0, 0.3, 0.1) is None


def proposal(name: str, kind: str, money: float | None, rounds: int = 1) -> Experiment:
    return Experiment(name, kind, name, name, name, "campaigns", "", 100, 0.05, money, rounds=rounds)


def test_experiments_come_by_money_per_campaign_with_one_for_the_service_team():
    found = [proposal(f"a{n}", "action", 100.0 * n) for n in range(1, 5)]
    slow = proposal("slow", "action", 1_000.0, rounds=10)
    service = proposal("service", "initiative", None)
    assert [one.experiment_id for one in executive_experiments.top([*found, slow])] == ["a4", "a3", "a2"]
    assert [one.experiment_id for one in executive_experiments.top([*found, service])] == ["a4", "a3", "service"]


def test_rules_pass_over_what_a_warehouse_lacks():
    with duckdb.connect() as con:
        assert overview_risks.candidates(con, "EUR", OCTOBER) == []
        assert overview_experiments.candidates(con, "EUR", 90) == []


def test_a_month_below_all_of_the_last_twelve_is_a_risk(tmp_path):
    with duckdb.connect() as con:
        con.execute("create table kpi_months as select date '2025-10-01' + to_months(m::integer) as month, false as"
                    " is_running, 0.97 + 0.001 * m as retention_rate from range(12) as t(m)")  # fmt: skip
        con.execute("create table retention_forecast as select 'month' as measure, 'forecast' as kind, date"
                    " '2026-10-01' as month, date '2026-10-01' as as_of_date, 0.95 as expected, 0.96 as high,"
                    " 2000 as n, 365 as active_days")  # fmt: skip
        (found,) = overview_risks.candidates(con, "EUR", OCTOBER)
        assert found.risk_id == "retention_falling"
        assert found.customers == 100
        con.execute("update retention_forecast set high = 0.975")
        assert overview_risks.candidates(con, "EUR", OCTOBER) == []


def test_what_is_published_leads_to_pages_and_agrees_with_the_list(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        (said,) = records(con, "from overview_sentence")
        risks = records(con, "from overview_risks order by rank")
        tests = records(con, "from overview_experiments order by rank")
        at_risk = con.execute("select sum(value_at_risk) from customer_list").fetchall()[0][0]
        valuable = con.execute(
            "select count(*), sum(value_at_risk) from customer_list where risk_band in ('high', 'very high')"
            " and expected_value >= (select max(value_from) from value_edges)"
        ).fetchall()[0]
        actions = {row[0] for row in con.execute("select action from actions").fetchall()}
    clauses = json.loads(said["parts"])
    assert all(clause["text"][1:] in said["sentence"] for clause in clauses)
    assert f"{at_risk:,.0f}" in said["sentence"]
    pages = {name for group in access.PAGES.values() for name, _ in group} | {"experience"}
    assert 1 <= len(risks) <= 3
    assert [row["rank"] for row in risks] == list(range(1, len(risks) + 1))
    assert {row["page"] for row in [*risks, *tests]} <= pages
    assert all(len(row["title"].split()) <= 6 for row in risks)
    shown = {row["risk_id"]: row for row in risks}
    if "valuable_leaving" in shown:
        assert shown["valuable_leaving"]["customers"] == valuable[0]
        assert shown["valuable_leaving"]["money"] == pytest.approx(valuable[1])
    assert {row["action"] for row in tests if row["action"]} <= actions
    assert all(0 < row["detectable"] < 1 for row in tests)
    assert all(points(row["detectable"]).lstrip("+") in row["sentence"] for row in tests)  # one figure for one thing
    for row in [*risks, *tests]:
        asked = parse_qs(row["filter"])
        assert row["page"] != "worklist" or asked["held_out"] == ["true"]  # the figures count who is held out, too
        assert set(asked.get("part", [])) <= set(campaign_parts.PARTS.values())
        assert set(asked.get("experience", [])) <= set(experience_words.PARTS.values())
        assert set(asked) <= {*worklist.DEFAULTS, "part", "test", "experience", "show"}
        assert set(asked.get("test", [])) <= {
            *actions,
            *(told[0] for told in overview_experiments.INITIATIVES.values()),
        }
    if not tests:
        assert said["note"]


@pytest.mark.parametrize(("rule", "found"), [("calibration", 1), ("behaviour", 1), ("age", 0), ("features", 0)])
def test_risks_are_doubted_when_promises_were_missed_or_customers_changed(rule, found):
    with duckdb.connect() as con:
        told = "select true as is_due, ? as rule, 'a' as reason, 'b' as advice"
        con.execute(f"create table retrain_advice as {told}", [rule])
        con.execute("create table data_breaks as select 'orders stopped' as sentence, date '2026-10-01' as started_on,"
                    " false as is_current")  # fmt: skip
        assert len(overview_risks.candidates(con, "EUR", OCTOBER)) == found
