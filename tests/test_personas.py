"""Personas: planted groups are found, told in a rule, and are the same people under the same name in the next run."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest

from models import personas
from models.persona_rules import MAX_CONDITIONS, find_rule, judged
from models.persona_words import BY_NAME, Condition, contradicts, name, readable
from pipelines import persona_tables, publish
from pipelines.warehouse import read_folder, set_variables

CENTRES = {"silent": (320, 3, 0.1), "regular": (20, 25, 0.1), "bargain": (60, 6, 0.9), "once": (150, 1, 0.2)}


@pytest.fixture(scope="module")
def planted() -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Traits, log-odds per group of features and the planted group of 4,000 customers."""
    rng = np.random.default_rng(3)
    group = rng.choice(list(CENTRES), 4_000, p=[0.3, 0.3, 0.25, 0.15])
    days, orders, discount = (np.array([CENTRES[one][at] for one in group], dtype=float) for at in range(3))
    traits = pd.DataFrame(
        {
            "days_since_last_order": days * rng.lognormal(0, 0.15, len(group)),
            "order_days": np.maximum(np.round(orders * rng.lognormal(0, 0.1, len(group))), 1),
            "discount_share": np.clip(discount + rng.normal(0, 0.05, len(group)), 0, 1),
            "tickets": np.zeros(len(group)),  # the same for all: it says nothing
            "order_value": np.full(len(group), np.nan),  # not known of anybody
        }
    )
    log_odds = pd.DataFrame(
        {
            "recency & rhythm": np.log(days / 80) + rng.normal(0, 0.2, len(group)),
            "price & discount": 0.5 * (discount > 0.5) + rng.normal(0, 0.05, len(group)),
            "season": np.zeros(len(group)),
        }
    )
    return traits, log_odds, group


@pytest.fixture(scope="module")
def labels(planted):
    traits, log_odds, _ = planted
    points = personas.space(log_odds, traits)
    return personas.fit(points, np.arange(len(points))).assign(points)


def test_planted_groups_are_found_in_their_number(planted, labels):
    table = pd.crosstab(labels, planted[2])
    assert table.shape == (4, 4)
    assert table.max(axis=1).sum() > 0.97 * len(labels)


def test_a_rule_of_three_conditions_tells_a_planted_group_apart(planted, labels):
    traits, _, group = planted
    for cluster in np.unique(labels):
        belongs = labels == cluster
        rule = find_rule(traits, belongs)
        assert 1 <= len(rule.conditions) <= MAX_CONDITIONS
        assert rule.precision > 0.9
        assert rule.coverage > 0.9
        meets = np.logical_and.reduce([one.holds(traits[one.trait.name].to_numpy()) for one in rule.conditions])
        assert rule.customers == meets.sum()
        assert rule.precision == pytest.approx(belongs[meets].mean())
        told = rule.words("€")
        if pd.Series(group[belongs]).mode()[0] == "bargain":
            assert "of orders at a discount" in told


def test_clusters_do_not_depend_on_the_order_of_customers(planted):
    traits, log_odds, _ = planted
    points = personas.space(log_odds, traits)
    turned = np.random.default_rng(0).permutation(len(points))
    sample = np.arange(len(points))
    first = personas.fit(points, sample).assign(points)
    other = personas.fit(points[turned], np.argsort(turned)).assign(points)  # the same customers are drawn
    assert (first == other).all()


def test_a_persona_keeps_its_number_while_most_of_its_people_stay():
    rng = np.random.default_rng(1)
    people = [f"C{number}" for number in range(3_000)]
    before = pd.Series(rng.choice(["P2", "P5", "P7"], 3_000, p=[0.5, 0.3, 0.2]), index=people)
    moved = before.mask(rng.random(3_000) < 0.15, "P5")
    renumbered = moved.map({"P2": 2, "P5": 0, "P7": 1})
    assert personas.matched(renumbered, before) == {2: "P2", 0: "P5", 1: "P7"}


def test_a_new_group_gets_a_number_that_nobody_had():
    before = pd.Series(["P1"] * 50 + ["P3"] * 50, index=range(100))
    labels = pd.Series([0] * 50 + [1] * 50 + [2] * 80, index=range(180))
    assert personas.matched(labels, before) == {0: "P1", 1: "P3", 2: "P4"}
    alone = personas.matched(labels, pd.Series(dtype=object))
    assert set(alone.values()) == {"P1", "P2", "P3"}
    assert alone[2] == "P1"  # the largest comes first


def test_the_number_of_personas_stays_only_where_it_parts_them_as_well(planted, monkeypatch):
    traits, log_odds, _ = planted
    points = personas.space(log_odds, traits)
    sample = np.arange(1_000)
    assert len(personas.fit(points, sample, previous=7).centres) == 4
    monkeypatch.setattr(personas, "STICKY", 2.0)  # any loss is borne
    assert len(personas.fit(points, sample, previous=6).centres) == 6


def test_names_say_the_rule_and_are_never_given_twice():
    late = Condition(BY_NAME["days_since_last_order"], low=150.0)
    often = Condition(BY_NAME["order_days"], low=7.0)
    assert name([late, often]) == "Silent regulars"
    assert name([late, often], ["Silent regulars"]) != "Silent regulars"
    assert name([]) == "Customers in between"
    assert Condition(BY_NAME["order_days"], high=1.0).words("€") == "bought once"
    assert Condition(BY_NAME["visits"], high=0.0).words("€") == "no visits in 90 days"


def test_a_name_is_given_up_when_the_rule_says_the_opposite():
    recent = Condition(BY_NAME["days_since_last_order"], high=30.0)
    assert contradicts("Silent regulars", [recent])
    assert not contradicts("Recent regulars", [recent])
    assert not contradicts("Browsing customers", [recent])


@pytest.mark.parametrize(
    ("value", "unit", "told"), [(153.7, "days", 150), (2.6, "count", 2), (0.3149, "share", 0.31), (0.5, "flag", 0.5)]
)
def test_thresholds_are_numbers_people_would_choose(value, unit, told):
    assert readable(value, unit) == told


def test_what_is_not_known_meets_no_condition():
    unknown = np.array([np.nan, 100.0])
    assert list(Condition(BY_NAME["usual_gap_days"], low=30.0).holds(unknown)) == [False, True]
    assert list(Condition(BY_NAME["usual_gap_days"], high=30.0).holds(unknown)) == [False, False]
    empty = judged([Condition(BY_NAME["usual_gap_days"], low=500.0)], pd.DataFrame({"usual_gap_days": unknown}),
                   np.array([True, True]))  # fmt: skip
    assert (empty.precision, empty.coverage, empty.customers) == (0.0, 0.0, 0)


@pytest.fixture(scope="module")
def warehouse(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        yield con


def test_every_scored_customer_has_one_persona_and_the_tiles_add_up(warehouse):
    scored = warehouse.execute("select count(*), sum(churn_risk * expected_value) from customer_scores").fetchall()[0]
    members = warehouse.execute("select count(*), count(distinct customer_id) from customer_personas").fetchall()[0]
    sums = warehouse.execute("select sum(customers), sum(value_at_risk), count(*) from personas").fetchall()[0]
    assert members == (scored[0], scored[0])
    assert sums[:2] == pytest.approx(scored)
    assert 4 <= sums[2] <= 7


def test_the_play_of_a_persona_is_the_action_that_earns_most(warehouse):
    for persona, play, net in warehouse.execute("select persona_id, play, play_net from personas").fetchall():
        earned = warehouse.execute(
            "select action, sum(expected_net) from customer_scores join customer_personas using (customer_id)"
            " where persona_id = ? and action is not null group by 1 order by 2 desc",
            [persona],
        ).fetchall()
        assert (play, net) == pytest.approx(earned[0]) if earned else play is None


def test_group_log_odds_of_personas_average_to_the_shops(warehouse):
    rows = warehouse.execute(
        "select sum(g.log_odds * p.customers) / sum(p.customers), any_value(g.shop_log_odds)"
        " from persona_reason_groups g join personas p using (persona_id) group by feature_group"
    ).fetchall()
    for found, shop in rows:
        assert found == pytest.approx(shop, abs=1e-5)
    total = warehouse.execute("select avg(log_odds - base_log_odds) from customer_log_odds").fetchall()[0][0]
    assert sum(shop for _, shop in rows) == pytest.approx(total, abs=1e-4)


def test_a_publication_that_cannot_be_read_keeps_nobody_from_scoring(tmp_path):
    (tmp_path / "warehouse.duckdb").write_bytes(b"torn")
    assert persona_tables.personas_before(tmp_path).count is None


def test_contacts_made_here_count_for_a_persona_and_once():
    (query,) = [file.text for file in read_folder("persona_facts") if file.name == "persona_contacts"]
    columns = "contact_id, customer_id, contacted_at, responded_at, arm, channel"
    with duckdb.connect() as con:
        set_variables(con, as_of_date=date(2026, 3, 1))
        con.execute("create table customer_personas as select 'A' as customer_id, 'P1' as persona_id")
        con.execute(
            "create table contacts as select * from (values"
            " ('shop', 'A', timestamp '2026-01-05', timestamp '2026-01-06', 'treated', 'email'),"
            " ('both', 'A', timestamp '2026-02-05', timestamp '2026-02-06', 'treated', 'email'),"
            f" ('withheld', 'A', timestamp '2026-02-05', null, 'control', 'email')) as t ({columns})"
        )
        con.execute(
            "create table decided_contacts as select * from (values"
            " ('both', 'A', timestamp '2026-02-05', null, 'treated', 'email'),"
            " ('here', 'A', timestamp '2026-02-20', timestamp '2026-03-02', 'treated', 'email'),"
            f" ('later', 'A', timestamp '2026-03-05', null, 'treated', 'email')) as t ({columns})"
        )
        assert con.execute(query).fetchall() == [("P1", "email", 3, 2)]


def test_the_next_run_knows_the_personas_of_the_last(home, cli):
    def found() -> tuple[dict, dict]:
        with publish.open_current(home, "warehouse") as con:
            names = dict(con.execute("select persona_id, name from personas").fetchall())
            return names, dict(con.execute("select * from customer_personas").fetchall())

    names, people = found()
    cli("score", "--home", home)
    assert found() == (names, people)
    with publish.open_current(home, "warehouse") as con:
        assert con.execute("select kept from persona_state").fetchall()[0][0] == len(names)
