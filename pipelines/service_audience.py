"""Who may come into a service initiative by the published scores, and what each customer's case is about."""

from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd

from models.initiatives import TRIGGERS
from pipelines.errors import InputError
from pipelines.warehouse import tables

_ELIGIBLE = """
select
    found.customer_id, $action as action, $channel as channel, cast($cost as double) as contact_cost, found.since,
    found.ticket_id, found.topic, found.order_id, list.churn_risk, list.expected_value, list.segment,
    list.lifecycle_stage,
from initiative_customers as found
left join customer_list as list using (customer_id)
where
    found.trigger = $trigger
    -- the shop's own control groups, and those of campaigns known at the last scoring, are left alone altogether
    and not coalesce(list.is_held_out, false)
    and found.customer_id not in (select customer_id from latest_consents where channel = $channel and not granted)
    and (len($stages) = 0 or list_contains($stages, list.lifecycle_stage))
    and (len($segments) = 0 or list_contains($segments, list.segment))
order by found.since desc, found.customer_id
"""


def eligible(cursor: duckdb.DuckDBPyConnection, design: Mapping[str, Any]) -> pd.DataFrame:
    """One row per customer who meets a design's trigger, stages and segments at the last scoring, newest case first.

    A design names `initiative`, `trigger`, `cost`, and where wanted `channel`, `stages`, `segments`. Columns:
    customer_id, action (the initiative's id), channel, contact_cost, since, ticket_id, topic, order_id, churn_risk,
    expected_value, segment, lifecycle_stage. Whoever is held out altogether, or said no to the channel, is not in it;
    consent beyond that is not asked: it is the customer's own matter. Raises InputError for an unknown trigger and for
    a warehouse of an older version.
    """
    if "initiative_customers" not in tables(cursor):
        raise InputError("The warehouse has no table initiative_customers yet. Run `python -m pipelines score` first.")
    if design.get("trigger") not in TRIGGERS:
        raise InputError(f"There is no trigger {design.get('trigger')!r}; there are {', '.join(TRIGGERS)}.")
    values = {
        "action": design["initiative"],
        "channel": design.get("channel"),
        "cost": design["cost"],
        "trigger": design["trigger"],
        "stages": list(design.get("stages") or []),
        "segments": list(design.get("segments") or []),
    }
    return cursor.execute(_ELIGIBLE, values).df()
