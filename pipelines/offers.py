"""Which action for whom: every action that fits a scored customer, with what it earns, costs and waits for."""

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from models.actions import Action, Catalogue, fits
from models.contact_policy import ALLOWED, NEVER, RULES, Policy, held_back
from models.expected_net import assumptions, expected_net
from pipelines.config import Settings
from pipelines.offer_states import Batch, Terms, batches, day_number, day_of
from pipelines.progress import Progress, silent
from pipelines.warehouse import run_folder, set_variables

_TABLES = {
    "customer_actions": "customer_id varchar, action varchar, channel varchar, expected_net double, cost double, "
    "agent_minutes double, acceptance double, acceptance_source varchar, break_even_risk double, "
    "deferred_until date, blocked_by varchar",
    "actions": "place integer, action varchar, title varchar, kind varchar, bond varchar, channel varchar, "
    "contact_cost double, agent_minutes double, cooldown_days integer, needs_consent boolean, contact_on date, "
    "catalogue_version varchar",
    "action_assumptions": "action varchar, assumption varchar, value double, badge varchar",
}
_BEST = "best_actions"


def offers_into(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    catalogue: Catalogue,
    as_of: date,
    progress: Progress = silent,
) -> int:
    """Write customer_actions, actions and action_assumptions, and the best allowed action into customer_scores.

    Returns the number of pairs of customer and action. Reads customer_scores, customer_cadence,
    customer_recommendations and the tables of sql/standing in `con`, facts and contract tables by their bare names, and
    the variables of `_set_variables` in `marts`. The list's day is `as_of` or, where the data reach further, their last
    day: whoever was contacted since then counts.
    """
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    con.execute(f"create or replace temp table {_BEST} (customer_id varchar, action varchar, expected_net double)")
    terms = _terms(con, settings, catalogue, as_of)
    _write_catalogue(con, terms)
    set_variables(con, list_day=day_of(terms.day), slow_reply_hours=settings.contacts.slow_reply_hours)
    progress("actions", 0.0)
    built = run_folder(con, "offers", "temp table").built
    pairs = sum(_insert(con, batch, terms) for batch in batches(con, terms))
    _fill_scores(con)
    for table in (*built, _BEST):
        con.execute(f"drop table temp.{table}")
    return pairs


def _terms(con: duckdb.DuckDBPyConnection, settings: Settings, catalogue: Catalogue, as_of: date) -> Terms:
    """Everything that decides beside the customers."""
    through, has_consents = con.execute(
        "select cast(getvariable('data_through') as date), getvariable('has_consents')"
    ).fetchall()[0]
    contacts = settings.contacts
    policy = Policy(**contacts.model_dump(include=set(Policy.__dataclass_fields__)))
    allows_unknown = not has_consents and contacts.unknown_consent == "allow"
    scored = day_number(as_of)
    day = max(scored, day_number(through))
    return Terms(catalogue, policy, contacts.discount_dependence, scored, day, allows_unknown)


def _write_catalogue(con: duckdb.DuckDBPyConnection, terms: Terms) -> None:
    """Publish what the pairs were made from: the actions, their version, and every assumption with its badge."""
    rows = [
        [place, action.id, action.title, action.kind, action.bond, action.channel, action.contact_cost,
         action.agent_minutes, action.cooldown_days, action.needs_consent, day_of(terms.day_for(action)),
         terms.catalogue.version]
        for place, action in enumerate(terms.catalogue.actions)
    ]  # fmt: skip
    con.executemany(f"insert into actions values ({', '.join('?' * 12)})", rows)
    given = [
        [action.id, one.name, one.value, one.badge] for action in terms.catalogue.actions for one in assumptions(action)
    ]
    con.executemany("insert into action_assumptions values (?, ?, ?, ?)", given)


def _insert(con: duckdb.DuckDBPyConnection, batch: Batch, terms: Terms) -> int:
    """Append the pairs of one batch by customer, and the best allowed pair of each; returns the number of pairs."""
    actions = terms.catalogue.actions
    parts = [_pairs(place, action, batch, terms) for place, action in enumerate(actions)]
    pairs = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((pairs["place"], pairs["customer"]))
    pairs = {name: values[order] for name, values in pairs.items()}
    _append(con, "customer_actions", _table(pairs, batch, actions))
    _append(con, _BEST, _best(pairs, batch, actions))
    return len(order)


def _pairs(place: int, action: Action, batch: Batch, terms: Terms) -> dict[str, np.ndarray]:
    """Whom one action fits, one entry each: positions of customer and action, money, and what holds it back."""
    who = np.flatnonzero(fits(action, batch.facts))
    earned = expected_net(action, batch.money, terms.dependence)
    held = held_back(action, batch.standing, batch.past, terms.policy, terms.day_for(action))
    return {
        "customer": who,
        "place": np.full(len(who), place),
        "net": earned.net[who],
        "cost": earned.cost[who],
        "break_even": earned.break_even_risk[who],
        "acceptance": batch.money.acceptance(action)[who],
        "rule": held.rule[who],
        "until": held.until[who],
    }


def _table(pairs: dict[str, np.ndarray], batch: Batch, actions: tuple[Action, ...]) -> pa.Table:
    """Pairs as rows of customer_actions."""
    place, rule = pairs["place"], pairs["rule"]
    waits = (rule != ALLOWED) & (pairs["until"] < NEVER)
    return pa.table(
        {
            "customer_id": batch.customer_id.take(pa.array(pairs["customer"])),
            "action": _named(place, [action.id for action in actions]),
            "channel": _named(place, [action.channel for action in actions]),
            "expected_net": pairs["net"],
            "cost": pairs["cost"],
            "agent_minutes": np.array([action.agent_minutes for action in actions])[place],
            "acceptance": pairs["acceptance"],
            "acceptance_source": _named(place, [action.acceptance.source for action in actions]),
            "break_even_risk": pa.array(pairs["break_even"], from_pandas=True),
            "deferred_until": pa.array(pairs["until"].astype("datetime64[D]"), pa.date32(), mask=~waits),
            "blocked_by": _named(rule, list(RULES)),
        }
    )


def _named(places: np.ndarray, names: list[str]) -> pa.Array:
    """Names by their places; empty where the place is negative."""
    return pa.array(names, pa.string()).take(pa.array(places, pa.int64(), mask=places < 0))


def _best(pairs: dict[str, np.ndarray], batch: Batch, actions: tuple[Action, ...]) -> pa.Table:
    """The allowed pair that earns most of each customer, if it earns anything; of equal ones the catalogue's first."""
    good = np.flatnonzero((pairs["rule"] == ALLOWED) & (pairs["net"] > 0))
    order = good[np.lexsort((pairs["place"][good], -pairs["net"][good], pairs["customer"][good]))]
    customer = pairs["customer"][order]
    first = order[np.r_[True, customer[1:] != customer[:-1]]] if len(order) else order
    return pa.table(
        {
            "customer_id": batch.customer_id.take(pa.array(pairs["customer"][first])),
            "action": _named(pairs["place"][first], [action.id for action in actions]),
            "expected_net": pairs["net"][first],
        }
    )


def _append(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Append rows by the names of their columns."""
    con.register("rows_to_append", rows)
    con.execute(f"insert into {table} by name select * from rows_to_append")
    con.unregister("rows_to_append")


def _fill_scores(con: duckdb.DuckDBPyConnection) -> None:
    """Give each customer the best allowed action; the rest keep none. Written anew, because updates leave gaps."""
    con.execute(
        f"""
        create or replace table customer_scores as
        select scores.* replace (best.action as action, best.expected_net as expected_net)
        from customer_scores as scores
        left join {_BEST} as best using (customer_id)
        order by customer_id
        """
    )
