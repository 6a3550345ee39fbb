"""Candidates for the experiments of the overview: assumed actions and service initiatives that a test would show."""

from collections.abc import Iterator
from typing import Any

import duckdb

from models import told
from models.executive_experiments import LARGEST_DIFFERENCE, Experiment, detectable, rounds_for
from pipelines.queries.rows import record, records
from pipelines.warehouse import tables

WEEKS = 13  # in which customers of a service initiative come in
# The initiative that answers a trigger: its id on the page, its title, and who takes part.
INITIATIVES = {
    "open ticket": ("faster_reply", "Answer tickets faster", "with an open ticket"),
    "reopened ticket": ("reopened_call", "Call when a ticket is reopened", "whose solved ticket was opened again"),
    "late parcel": ("delay_notice", "Tell about a late parcel first", "with a late parcel"),
    "repeat returns": ("returns_call", "Call who keeps sending back", "who sent back from several orders"),
}
_BASES = "from initiative_bases where trigger = $trigger and window_days = 60"
_FALLING = {"reopened"}  # outcomes of which less is better
_OUTCOMES = {"repeat_order": "order again", "csat": "are content", "reopened": "have no ticket reopened"}

Row = dict[str, Any]


def candidates(con: duckdb.DuckDBPyConnection, currency: str, horizon_days: int) -> list[Experiment]:
    """Every proposal that a test could show; what the warehouse lacks is passed over."""
    present = tables(con)
    found: list[Experiment] = []
    if {"customer_actions", "action_acceptances", "actions", "customer_scores"} <= present:
        found += _actions(con, currency, horizon_days)
    if "initiative_bases" in present:
        found += _initiatives(con)
    return found


def _actions(con: duckdb.DuckDBPyConnection, currency: str, horizon_days: int) -> Iterator[Experiment]:
    """Actions whose acceptance is assumed, with the customers who may be contacted now and are worth it."""
    for row in records(
        con,
        """
        select offered.action, any_value(actions.title) as title, count(*) as customers,
            sum(offered.expected_net) as money, avg(1 - scores.churn_risk) as stay,
            avg(offered.acceptance * scores.churn_risk) as assumed,
            mode(scores.segment) as segment, any_value(known.mean) as acceptance,
        from customer_actions as offered
        inner join customer_scores as scores on offered.customer_id = scores.customer_id
        inner join actions on offered.action = actions.action
        inner join action_acceptances as known on offered.action = known.action and known.segment = ''
        where offered.blocked_by is null and offered.deferred_until is null and offered.expected_net > 0
            and known.source = 'assumed'
        group by offered.action
        order by money desc, offered.action
        """,
    ):
        rounds = rounds_for(row["customers"], row["stay"], row["assumed"])
        least = detectable(row["customers"] * rounds, row["stay"]) if rounds else None
        if rounds and least is not None:
            yield _action(row, (rounds, least), currency, horizon_days)


def _action(row: Row, shown: tuple[int, float], currency: str, horizon_days: int) -> Experiment:
    """The test of one action as a proposal; `shown`: how many campaigns it takes, and what they show at least."""
    rounds, least = shown
    often = "it shows" if rounds == 1 else f"{rounds} such campaigns show"
    sentence = (
        f"Contact half of the {told.plural(row['customers'], 'customer')} it fits now and leave the others alone: "
        f"{often} a difference from {told.points(least).lstrip('+')} in who stays after {horizon_days} days."
    )
    why = (
        f"{told.points(row['assumed']).lstrip('+')} are assumed ({told.percent(row['acceptance'])} of leavers accept), "
        f"not measured, and {told.money(row['money'], currency)} of expected net rests on it."
    )
    return Experiment(
        f"test_{row['action']}", "action", f"Test “{row['title']}”", sentence, why, "campaigns",
        f"part=New campaign&test={row['action']}", row["customers"], least, row["money"], row["segment"],
        row["action"], rounds,
    )  # fmt: skip


def _initiatives(con: duckdb.DuckDBPyConnection) -> Iterator[Experiment]:
    """Service initiatives that enough customers come in for within a quarter and that do not run yet."""
    running = {row["initiative"] for row in records(con, "from initiative_results where state = 'running'")}
    for trigger, (initiative, title, who) in INITIATIVES.items():
        if initiative in running:
            continue
        bases = {row["outcome"]: row for row in records(con, _BASES, {"trigger": trigger})}
        for outcome in _OUTCOMES:
            least, customers = _shown(outcome, bases.get(outcome))
            if least is not None:
                yield _initiative((initiative, title, who), outcome, customers, least)
                break


def _shown(outcome: str, base: Row | None) -> tuple[float | None, int]:
    """The smallest change for the better that a quarter's customers show, and how many these are.

    Only customers who tell the outcome count: who never rates has no CSAT.
    """
    if base is None or base["value"] is None or not base["customers"]:
        return None, 0
    customers = round(WEEKS * base["new_per_week"])
    calm = 1 - base["value"] if outcome in _FALLING else base["value"]
    least = detectable(customers * base["n"] / base["customers"], calm)
    return (None if least is None or least > LARGEST_DIFFERENCE else least), customers


def _initiative(told_as: tuple[str, str, str], outcome: str, customers: int, least: float) -> Experiment:
    """One initiative as a proposal."""
    initiative, title, who = told_as
    sentence = (
        f"Do it for half of the customers {who}, drawn at random: about {told.count(customers)} come in within {WEEKS} "
        f"weeks, and a difference from {told.points(least).lstrip('+')} in how many {_OUTCOMES[outcome]} shows."
    )
    why = "What service changes is not known: who has contact differs from who has none, only a draw makes them alike."
    return Experiment(initiative, "initiative", title, sentence, why, "campaigns",
                      f"part=Service initiative&test={initiative}", customers, least)  # fmt: skip


def why_none(con: duckdb.DuckDBPyConnection) -> str:
    """Why nothing is proposed, for a shop in which nothing can be tested yet; empty where something can."""
    scored = record(con, "select count(*) as n from customer_scores")
    if not scored or not scored["n"]:
        return "Experiments need customers with a churn risk; nobody has one yet."
    known = record(con, "select count(contactable_channels) + count(action) as n from customer_list")
    if not known or not known["n"]:
        return "No campaign can be tested yet: nobody may be contacted, because the data hold no consents."
    return "No test would show a difference yet: too few customers may be contacted for any action."
