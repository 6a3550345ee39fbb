"""What people decided, as tables beside a scoring: campaigns, arms, contacts, answers, objections, who is held out."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

import workflow
from pipelines.config import Settings, workflow_url
from pipelines.errors import InputError
from pipelines.runs import utc_now
from workflow.decided import Rows, decided

_TEXT, _MOMENT, _DAY, _MONEY = pa.string(), pa.timestamp("us"), pa.date32(), pa.float64()
_SCHEMAS = {
    "campaigns": {
        "campaign_id": _TEXT, "name": _TEXT, "status": _TEXT, "launched_at": _MOMENT, "stop_on": _DAY,
        "closed_at": _MOMENT, "control_share": _MONEY,
    },
    "members": {"campaign_id": _TEXT, "customer_id": _TEXT, "arm": _TEXT, "action": _TEXT, "assigned_at": _MOMENT},
    "contacts": {
        "contact_id": _TEXT, "customer_id": _TEXT, "contacted_at": _MOMENT, "action": _TEXT, "arm": _TEXT,
        "channel": _TEXT, "cost": _MONEY, "responded_at": _MOMENT, "campaign_id": _TEXT,
    },
    "outcomes": {
        "outcome_id": _TEXT, "customer_id": _TEXT, "result": _TEXT, "note": _TEXT, "recorded_at": _MOMENT,
        "contact_id": _TEXT, "campaign_id": _TEXT,
    },
    "objections": {"customer_id": _TEXT},
    "held_out": {"customer_id": _TEXT, "held_out_until": _DAY},
    "withheld": {"customer_id": _TEXT, "action": _TEXT, "held_out_until": _DAY},
    "initiatives": {"campaign_id": _TEXT, "design": _TEXT},
}  # fmt: skip
_TABLES = {
    "campaigns": "decided_campaigns",
    "members": "decided_members",
    "contacts": "decided_contacts",
    "outcomes": "decided_outcomes",
    "objections": "decided_objections",
    "held_out": "decided_holdouts",
    "withheld": "decided_withheld",
    "initiatives": "decided_initiatives",
}


def _none(name: str) -> pd.DataFrame:
    """A frame without rows."""
    return _frame(name, [])


def _frame(name: str, parts: list[pa.Table]) -> pd.DataFrame:
    """Parts as one frame with the columns and types of `_SCHEMAS`, also where there are none."""
    schema = pa.schema(list(_SCHEMAS[name].items()))
    frame: pd.DataFrame = pa.concat_tables([schema.empty_table(), *parts]).to_pandas()
    return frame


def _table(name: str, rows: Rows) -> pa.Table:
    """Rows as a table."""
    columns = zip(zip(*rows, strict=True), _SCHEMAS[name].items(), strict=True)
    return pa.table({column: pa.array(values, kind) for values, (column, kind) in columns})


@dataclass(frozen=True)
class Decisions:
    """The workflow database at one moment, as frames; all empty where nothing was decided.

    `campaigns` holds launched ones alone, `source` says who ran them (always `workflow`). `held_out` is one row per
    customer in the control arm of a running campaign with the first day on which they are free; `objections` one per
    customer who asked not to be contacted; `withheld` one per customer from whom a service initiative withholds an
    action; `initiatives` the designs of service initiatives as JSON. Moments are UTC; `read_at` is when it was read.
    """

    campaigns: pd.DataFrame = field(default_factory=lambda: _none("campaigns").assign(source="workflow"))
    members: pd.DataFrame = field(default_factory=lambda: _none("members"))
    contacts: pd.DataFrame = field(default_factory=lambda: _none("contacts"))
    outcomes: pd.DataFrame = field(default_factory=lambda: _none("outcomes"))
    objections: pd.DataFrame = field(default_factory=lambda: _none("objections"))
    held_out: pd.DataFrame = field(default_factory=lambda: _none("held_out"))
    withheld: pd.DataFrame = field(default_factory=lambda: _none("withheld"))
    initiatives: pd.DataFrame = field(default_factory=lambda: _none("initiatives"))
    read_at: datetime = field(default_factory=utc_now)


def read_decisions(home: Path, settings: Settings) -> Decisions:
    """Read the workflow database of a home; never makes one.

    Raises InputError where it does not answer: without it, nobody could say who is held out.
    """
    read_at = utc_now()
    try:
        database = workflow.open_existing(workflow_url(home, settings))
        if database is None:
            return Decisions(read_at=read_at)
        try:
            parts: dict[str, list[pa.Table]] = {name: [] for name in _SCHEMAS}
            for name, rows in decided(database):
                parts[name].append(_table(name, rows))
        finally:
            database.close()
    except workflow.WorkflowError as error:
        raise InputError(f"{error} Without it nobody knows who is held out or objected, so nothing was done.") from None
    frames = {name: _frame(name, found) for name, found in parts.items()}
    frames["campaigns"] = frames["campaigns"].assign(source="workflow")
    return Decisions(**frames, read_at=read_at)


def decisions_into(con: duckdb.DuckDBPyConnection, decisions: Decisions) -> None:
    """Make temporary tables decided_campaigns, …_members, …_contacts, …_outcomes, …_objections, …_holdouts and so on.

    The folders `standing` and `offers` read them. Table decisions_read, one row, says when that was and how much.
    """
    counts = {}
    for one in fields(Decisions):
        if one.name in _TABLES:
            frame = getattr(decisions, one.name)
            counts[one.name] = len(frame)
            con.register("decided_rows", frame)
            con.execute(f"create or replace temp table {_TABLES[one.name]} as {_select(one.name)}")
            con.unregister("decided_rows")
    con.execute(
        "create or replace table decisions_read as select cast(? as timestamp) as read_at, "
        "cast(? as bigint) as campaigns, cast(? as bigint) as contacts, cast(? as bigint) as objections, "
        "cast(? as bigint) as held_out",
        [decisions.read_at, *(counts[name] for name in ("campaigns", "contacts", "objections", "held_out"))],
    )


def _select(name: str) -> str:
    """The columns of a frame under their own types, also where it has no rows to tell them."""
    types = {_TEXT: "varchar", _MOMENT: "timestamp", _DAY: "date", _MONEY: "double"}
    columns = [f"cast({column} as {types[kind]}) as {column}" for column, kind in _SCHEMAS[name].items()]
    return f"select {', '.join(columns)}{', source' if name == 'campaigns' else ''} from decided_rows"
