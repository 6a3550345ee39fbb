"""Results of campaigns: the planted effect is covered, nothing of later days is seen, and no figure comes too early."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines import publish, queries
from pipelines.acceptances import measured_catalogue
from pipelines.catalogue import SHIPPED, read_catalogue
from pipelines.config import Settings
from pipelines.decisions_made import Decisions, decisions_into
from pipelines.results import Figures, results_into
from pipelines.warehouse import expose, run_folder, set_variables

HORIZON = 90
LATER = date(2025, 9, 1)
MOMENTS = {
    "order_facts": "ordered_at", "ticket_facts": "opened_at", "contacts": "contacted_at", "consent_facts": "changed_at",
    "survey_facts": "answered_at", "touchpoint_facts": "occurred_on", "subscription_facts": "started_at",
}  # fmt: skip


@pytest.fixture
def shop(shared_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample shop's facts and contacts, readable by their bare names."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        for stage in ("source", "features"):
            publish.attach(con, publish.require(shared_home, stage), stage)
            expose(con, stage)
        yield con


def results(con: duckdb.DuckDBPyConnection, as_of: date, eligibility: str = "active") -> Figures:
    """All results of a day."""
    margin = Settings().economics.gross_margin
    set_variables(con, as_of_date=as_of, horizon_days=HORIZON, eligibility=eligibility, gross_margin=margin)
    run_folder(con, "segments")
    return results_into(con)


def everything(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """All rows of both tables."""
    tables = ("campaign_results", "campaign_checks", "action_acceptances")
    return [row for table in tables for row in con.execute(f"from {table} order by all").fetchall()]


def newest(con: duckdb.DuckDBPyConnection) -> date:
    return con.execute("select max(as_of_date) from snapshots").fetchall()[0][0]


def planted(con: duckdb.DuckDBPyConnection, home: Path, day: date) -> dict[str, tuple[int, float]]:
    """By action the contacts whose horizon is over, and their mean planted effect on staying; '' = all."""
    rows = con.execute(
        "select coalesce(action, ''), count(*), -avg(effect) from read_parquet(?) join contacts using (contact_id)"
        " where contacted_at < ? group by grouping sets ((action), ())",
        [str(home / "sample" / "truth_contacts.parquet"), day - timedelta(days=HORIZON)],
    ).fetchall()
    return {action: (n, effect) for action, n, effect in rows}


def test_the_planted_effect_is_covered(shop: duckdb.DuckDBPyConnection, shared_home: Path) -> None:
    day = newest(shop)
    results(shop, day)
    told = shop.execute(
        "select action, treated_n + control_n, difference, low, high from campaign_results"
        " where campaign_id = '' and metric = 'retention'"
    ).fetchall()
    truth = planted(shop, shared_home, day)
    assert {row[0] for row in told} == set(truth)
    for action, n, difference, low, high in told:
        assert 0.9 * truth[action][0] < n <= truth[action][0]  # a campaign without both arms says nothing
        effect = truth[action][1]
        # one shop, four actions: an interval of 95 % for all together, of 99.9 % for each
        reach = 1 if action == "" else 1.68
        assert difference - reach * (difference - low) < effect < difference + reach * (high - difference)


def test_what_comes_later_changes_nothing(shop: duckdb.DuckDBPyConnection) -> None:
    def told() -> list[tuple]:
        measured_catalogue(shop, read_catalogue(SHIPPED), results(shop, LATER))
        return everything(shop)

    before = told()
    for table, moment in MOMENTS.items():
        shop.execute(f"create or replace temp table later_{table} as select * from {table} where {moment} < ?", [LATER])
        if table == "order_facts":
            shop.execute(
                "update later_order_facts set refunded = 1e6, refunded_on = ? where customer_number % 2 = 0"
                " and coalesce(refunded_on >= ?, true)", [LATER, LATER],
            )  # fmt: skip
        shop.execute(f"create or replace temp view {table} as select * from later_{table}")
    assert told() == before
    assert len(before) > 100


def test_a_shop_without_contacts_has_no_results(shop: duckdb.DuckDBPyConnection) -> None:
    shop.execute("create or replace temp view contacts as select * from source.contacts where false")
    catalogue = measured_catalogue(shop, read_catalogue(SHIPPED), results(shop, newest(shop)))
    assert {action.acceptance.source for action in catalogue.actions} == {"assumed"}
    assert catalogue["winback_call"].acceptance.mean == pytest.approx(0.3)
    assert shop.execute("select count(*) from campaign_results").fetchall() == [(0,)]


def decide(con: duckdb.DuckDBPyConnection, **campaign: object) -> None:
    """A campaign launched here to the shop's voucher customers of April 2025: name, stop date, closed or not."""
    stop_on, closed_at = campaign.get("stop_on", date(2025, 5, 1)), campaign.get("closed_at")
    con.execute("create or replace temp view contacts as select * from source.contacts where campaign is null")
    con.execute(
        "create or replace temp table decided_campaigns as select 'c1' as campaign_id, 'Spring' as name,"
        " timestamp '2025-04-01 08:00' as launched_at, cast(? as date) as stop_on, 0.4 as control_share,"
        " cast(? as timestamp) as closed_at", [stop_on, closed_at],
    )  # fmt: skip
    con.execute(
        "create or replace temp table decided_members as select 'c1' as campaign_id, customer_id, arm, action,"
        " contacted_at as assigned_at from source.contacts where campaign = '2025-04 winback_voucher'"
    )
    con.execute(
        "create or replace temp table decided_contacts as select campaign_id, customer_id, assigned_at as contacted_at,"
        " arm, 0.35 as cost from decided_members"
    )


def told(con: duckdb.DuckDBPyConnection, metric: str = "retention") -> list[tuple]:
    """State and figures of the campaign decided here, over all its actions."""
    return con.execute(
        "select state, difference, treated_n, control_n, stop_on from campaign_results"
        " where campaign_id = 'c1' and action = '' and metric = ?", [metric],
    ).fetchall()  # fmt: skip


def test_a_running_campaign_shows_its_arms_and_no_figure(shop: duckdb.DuckDBPyConnection) -> None:
    decide(shop, stop_on=date(2025, 8, 31))
    for day, state in ((date(2025, 8, 31), "running"), (date(2025, 9, 1), "measured")):
        figures = results(shop, day)
        ((found, difference, treated, control, _),) = told(shop)
        assert (found, difference is None) == (state, state == "running")
        assert treated + control == shop.execute("select count(*) from decided_members").fetchall()[0][0]
        assert len(figures.readable(figures.arms)) == (state == "measured")
        # the draw may be checked at any time, what came of it may not
        checks = shop.execute("select check_name from campaign_checks where campaign_id = 'c1'").fetchall()
        assert ("sample ratio",) in checks
        assert (len(checks) == 1) == (state == "running")


def test_a_stop_date_before_the_outcomes_waits_for_them(shop: duckdb.DuckDBPyConnection) -> None:
    decide(shop, stop_on=date(2025, 4, 10))
    results(shop, date(2025, 6, 30))
    assert told(shop)[0][0] == "running"
    results(shop, date(2025, 7, 1))
    assert (told(shop)[0][0], told(shop)[0][4]) == ("measured", date(2025, 6, 30))


def test_a_campaign_that_was_called_off_never_tells(shop: duckdb.DuckDBPyConnection) -> None:
    decide(shop, closed_at="2025-04-20 10:00")
    figures = results(shop, LATER)
    assert told(shop)[0][:2] == ("called off", None)
    assert figures.readable(figures.arms).empty


def test_the_sum_of_all_begins_with_the_first_that_it_holds(shop: duckdb.DuckDBPyConnection) -> None:
    decide(shop, closed_at="2025-04-20 10:00")  # the earliest, and called off
    shop.execute(
        "create or replace temp view contacts as select * replace ('May' as campaign) from source.contacts"
        " where contacted_at >= date '2025-05-01'"
    )
    results(shop, LATER)
    query = "select distinct started_on from campaign_results where campaign_id = ?"
    assert shop.execute(query, [""]).fetchall() == shop.execute(query, ["May"]).fetchall()


def test_a_campaign_has_its_costs_and_is_the_same_from_either_side(shop: duckdb.DuckDBPyConnection) -> None:
    figures = "select metric, difference, low, high from campaign_results where action = '' and name = ? order by 1"
    results(shop, LATER)
    from_shop = shop.execute(figures, ["2025-04 winback_voucher"]).fetchall()
    decide(shop)
    results(shop, LATER)
    assert shop.execute(figures, ["Spring"]).fetchall() == from_shop
    assert told(shop, "contact_cost")[0][1] == pytest.approx(0.35)


def test_who_objected_here_counts_as_unsubscribed_from_the_contact_on(shop: duckdb.DuckDBPyConnection) -> None:
    decide(shop)
    treated = "select customer_id from decided_members where arm = 'treated' order by customer_id"
    shares = {}
    for day in (None, "2025-03-20", "2025-04-28", "2025-09-01"):  # nobody; before, within and beyond the horizon
        shop.execute(
            "create or replace temp table decided_outcomes as select customer_id, 'do not contact' as result,"
            f" cast(? as timestamp) as recorded_at from ({treated}) where ? is not null", [day, day],
        )  # fmt: skip
        results(shop, LATER)
        ((shares[day],),) = shop.execute(
            "select treated from campaign_results where campaign_id = 'c1' and action = '' and metric = 'unsubscribes'"
        ).fetchall()
    assert shares[None] == shares["2025-03-20"] == shares["2025-09-01"] < 1
    assert shares["2025-04-28"] == 1


def test_decisions_count_as_they_are_read(shop: duckdb.DuckDBPyConnection) -> None:
    decide(shop)
    results(shop, LATER)
    by_hand = shop.execute("from campaign_results order by all").fetchall()
    frames = {name: shop.execute(f"from decided_{name}").df() for name in ("campaigns", "members", "contacts")}
    frames["campaigns"]["stop_on"] = frames["campaigns"]["stop_on"].dt.date
    read = Decisions(
        **{name: frame.reindex(columns=list(getattr(Decisions(), name))) for name, frame in frames.items()}
    )
    decisions_into(shop, read)
    results(shop, LATER)
    assert shop.execute("from campaign_results order by all").fetchall() == by_hand
    decisions_into(shop, Decisions())
    results(shop, LATER)
    assert shop.execute("select count(*) from campaign_results").fetchall() == [(0,)]


def test_what_was_decided_here_and_comes_back_counts_once(shop: duckdb.DuckDBPyConnection) -> None:
    decide(shop)
    shop.execute(
        "create or replace temp view contacts as select * replace ('Spring' as campaign) from source.contacts"
        " where contacted_at >= date '2025-04-01'"
    )
    results(shop, LATER)
    assert shop.execute("select distinct source from campaign_results where campaign_id != ''").fetchall() == [
        ("workflow",)
    ]


def test_a_campaign_launched_later_takes_nothing_from_an_older_one_of_its_name(shop: duckdb.DuckDBPyConnection) -> None:
    contacts = (
        "create or replace temp view contacts as select * replace ('Spring' as campaign) from source.contacts"
        " where contacted_at < date '2025-03-01'"
    )
    shop.execute(contacts)
    decisions_into(shop, Decisions())
    results(shop, LATER)
    before = shop.execute("from campaign_results where source = 'shop' order by all").fetchall()
    decide(shop)
    shop.execute(contacts)
    results(shop, LATER)
    assert before
    assert shop.execute("from campaign_results where source = 'shop' order by all").fetchall() == before


def test_scores_plan_with_what_was_measured(shared_home: Path) -> None:
    with duckdb.connect(str(shared_home / "warehouse.duckdb"), read_only=True) as con:
        wrong, pairs, measured = con.execute(
            """
            select
                count(*) filter (abs(pairs.acceptance - coalesce(own.mean, everybody.mean)) > 1e-9),
                count(*),
                count(*) filter (pairs.acceptance_source = 'measured'),
            from customer_actions as pairs
            inner join customer_scores as scores using (customer_id)
            inner join action_acceptances as everybody
                on everybody.action = pairs.action and everybody.segment = ''
            left join action_acceptances as own
                on own.action = pairs.action and own.segment = scores.segment
            """
        ).fetchall()[0]
    assert (wrong, measured > 0, pairs > measured) == (0, True, True)


def test_a_metric_whose_table_is_missing_steps_aside(shop: duckdb.DuckDBPyConnection) -> None:
    def metrics() -> set[str]:
        results(shop, LATER)
        return {name for (name,) in shop.execute("select distinct metric from campaign_results").fetchall()}

    everything = metrics()
    for table in ("ticket_facts", "consent_facts", "touchpoint_facts", "survey_facts"):
        shop.execute(f"drop view {table}")
    assert everything - metrics() == {"complaints", "unsubscribes"}
    known = "select count(*) from campaign_results where metric = 'csat' and difference is not null"
    assert shop.execute(known).fetchall() == [(0,)]


def test_where_contracts_are_predicted_staying_is_a_running_contract(shop: duckdb.DuckDBPyConnection) -> None:
    results(shop, LATER, "subscribed")
    told = shop.execute(
        "select max(treated), max(control) from campaign_results where metric = 'retention'"
    ).fetchall()[0]
    assert 0 < min(told) <= max(told) < 1
    shop.execute("create or replace temp table ended as select * replace (timestamp '2024-01-02' as ended_at)"
                 " from subscription_facts")  # fmt: skip
    shop.execute("create or replace temp view subscription_facts as from ended")
    results(shop, LATER, "subscribed")
    assert shop.execute("select max(treated) from campaign_results where metric = 'retention'").fetchall() == [(0.0,)]


def test_pages_get_results_and_none_from_an_older_warehouse(shared_home: Path) -> None:
    questions = (queries.campaign_results, queries.campaign_checks, queries.action_acceptances)
    with duckdb.connect(str(shared_home / "warehouse.duckdb"), read_only=True) as con:
        assert queries.has_results(con)
        told = [question(con) for question in questions]
    with duckdb.connect() as con:
        con.execute("create table actions (action varchar, title varchar, place integer)")
        assert not queries.has_results(con)
        nothing = [question(con) for question in questions]
    for some, none in zip(told, nothing, strict=True):
        assert len(some) > 0
        assert none.empty
        assert list(none) == list(some)
