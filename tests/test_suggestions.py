"""What the list suggests to whom, why somebody waits, and the questions the worklist asks about it."""

import io

import pandas as pd
import pytest

from pipelines import publish, queries
from pipelines.config import load_settings
from pipelines.errors import InputError
from pipelines.export import export_worklist
from pipelines.list_export import list_file, list_rows
from pipelines.queries import ListFilter, Marked


@pytest.fixture(scope="module")
def con(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        yield con


def test_who_is_suggested_nothing_waits_by_the_rule_of_the_offer_worth_most(con):
    wrong = con.execute(
        """
        with held as (
            select customer_id, max(expected_net) as most from customer_actions
            where blocked_by is not null and expected_net > 0 group by customer_id
        )
        select 1 from customer_list as listed
        left join held using (customer_id)
        left join customer_actions as offers
            on offers.customer_id = listed.customer_id and offers.blocked_by = listed.blocked_by
            and offers.expected_net = held.most and offers.channel = listed.channel
            and offers.deferred_until is not distinct from listed.deferred_until
        where listed.blocked_by is not null and (listed.action is not null or offers.action is null)
            or listed.action is null and held.most is not null and listed.blocked_by is null
        """
    ).fetchall()
    assert not wrong
    kinds = con.execute("select count(action), count(blocked_by), count(*) from customer_list").fetchall()[0]
    assert 0 < kinds[1] < kinds[2] > kinds[0] > 0


def test_the_plan_is_what_the_list_suggests(con):
    planned, net = con.execute("select count(*), sum(expected_net) from customer_list where is_planned").fetchall()[0]
    plan = queries.plan_totals(con)
    assert planned == plan["contacted"] > 0
    assert net == pytest.approx(plan["expected_net"])
    assert queries.list_summary(con, ListFilter(in_plan=True))["customers"] == planned


def test_the_map_adds_up_to_the_list(con):
    found, whole = queries.action_map(con, ListFilter()), queries.list_summary(con, ListFilter())
    assert found["customers"].sum() == whole["suggested"]
    assert found["expected_net"].sum() == pytest.approx(whole["expected_net"])
    row = found.sort_values("customers").iloc[-1]
    cell = queries.list_summary(con, ListFilter(segments=(row["segment"],), actions=(row["action"],)))
    assert cell["customers"] == row["customers"]


def test_a_press_works_on_those_of_the_filter_that_earn_most(con):
    rows = queries.suggested(con, ListFilter(with_suggestion=True), limit=10)
    page = queries.list_page(con, ListFilter(), queries.ListOrder("expected_net"), size=10)
    assert rows == list(zip(page["customer_id"], page["action"], strict=True))


def test_who_is_marked_by_a_decision_can_be_asked_for_or_left_out(con):
    everybody = queries.list_summary(con, ListFilter())["customers"]
    some = tuple(customer for customer, _ in queries.suggested(con, ListFilter(), limit=7))
    assert queries.list_summary(con, ListFilter(), Marked(only=(*some, "nobody")))["customers"] == 7
    assert queries.list_summary(con, ListFilter(), Marked(only=()))["customers"] == 0
    assert queries.list_summary(con, ListFilter(), Marked(without=some))["customers"] == everybody - 7


def test_a_list_leaves_the_house_only_through_the_gate_of_every_export(con, shared_home, tmp_path):
    export_worklist(shared_home, tmp_path / "all.csv")
    allowed = pd.read_csv(tmp_path / "all.csv").set_index("customer_id")
    stages = ("at risk", "lapsed")
    rows = list_rows(con, ListFilter(stages=stages, hide_held_out=False))
    found = pd.read_csv(io.BytesIO(list_file(shared_home, load_settings(shared_home), rows, "csv")))
    assert 0 < len(found) < len(allowed)
    assert set(found["customer_id"]) == set(allowed.index[allowed["lifecycle_stage"].isin(stages)])
    some = list(found["customer_id"][:3])
    assert set(list_rows(con, ListFilter(), only=[*some, "nobody"])["customer_id"]) == set(some)
    with pytest.raises(InputError, match="csv or xlsx"):
        list_file(shared_home, load_settings(shared_home), rows, "pdf")


def test_a_filter_kept_as_a_segment_comes_back():
    chosen = ListFilter(segments=("New", "Lost"), min_value=50.0, search="o'neill", hide_held_out=False)
    kept = queries.definition_of(chosen)
    assert kept == {"segments": ["New", "Lost"], "min_value": 50.0, "search": "o'neill", "hide_held_out": False}
    assert queries.filter_of({**kept, "of another version": 1}) == chosen
    assert queries.filter_of(queries.definition_of(ListFilter())) == ListFilter()
