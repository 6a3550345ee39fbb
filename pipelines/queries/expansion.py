"""Questions about what customers could buy beyond what they have, and about who would recommend the shop."""

from typing import Literal

import pandas as pd

from pipelines.queries.rows import Cursor, Record, frame, record, records
from pipelines.queries.suggestions import has_tables

Dimension = Literal["segment", "lifecycle_stage", "persona", "bond", "shop"]
ADVOCATE = "advocate"
_NEEDED = ("expansion_rates", "expansion_customers", "expansion_potential", "expansion_actions", "expansion_notes",
           "advocates", "advocate_steps")  # fmt: skip


def has_expansion(cursor: Cursor) -> bool:
    """Whether the scores were published by a version that also publishes what could be sold."""
    return has_tables(cursor, *_NEEDED)


def expansion_opportunities(cursor: Cursor) -> list[str]:
    """What customers can be filtered by: kinds of recommendation that occur, and advocates; most customers first."""
    if not has_expansion(cursor):
        return []
    found = cursor.execute(
        "select kind from (select kind from expansion_customers union all "
        "select 'advocate' as kind from advocates where is_advocate) group by kind order by count(*) desc, kind"
    )
    return [kind for (kind,) in found.fetchall()]


def expansion_potential(cursor: Cursor, dimension: Dimension) -> pd.DataFrame:
    """One row per group and kind: customers, expected sales and margin over one horizon with the rate's interval."""
    return frame(
        cursor,
        "select * exclude (dimension) from expansion_potential where dimension = $dimension order by group_name, kind",
        {"dimension": dimension},
    )


def expansion_rates(cursor: Cursor) -> pd.DataFrame:
    """One row per kind: how often what would have been recommended one horizon ago was bought, with interval and n."""
    return frame(cursor, "from expansion_rates order by kind")


def expansion_actions(cursor: Cursor, dimension: Dimension, group_name: str) -> pd.DataFrame:
    """One row per action that sells and fits somebody of a group: whom it fits, who may get it, what that earns."""
    return frame(
        cursor,
        "select * exclude (dimension, group_name) from expansion_actions "
        "where dimension = $dimension and group_name = $group_name",
        {"dimension": dimension, "group_name": group_name},
    )


def expansion_products(cursor: Cursor, kind: str, limit: int = 8) -> pd.DataFrame:
    """The products of a kind that are expected to bring most: product, customers, margin of a sale and in all."""
    return frame(
        cursor,
        """
        select product_name, count(*) as customers, any_value(margin_per_sale) as margin_per_sale,
            sum(propensity) as expected_sales, sum(expected_margin) as expected_margin,
        from expansion_customers where kind = $kind
        group by product_id, product_name order by expected_margin desc nulls last, customers desc, product_id
        limit $limit
        """,
        {"kind": kind, "limit": limit},
    )


def advocate_steps(cursor: Cursor) -> pd.DataFrame:
    """One row per part of the rule of advocates, in order: customers who meet it and all before it."""
    return frame(cursor, "from advocate_steps order by place")


def advocates(cursor: Cursor) -> Record:
    """How many advocates there are, may be asked now, brought somebody before, and why others have to wait."""
    found = record(
        cursor,
        """
        select count(*) as promoters, count(*) filter (is_advocate) as advocates,
            count(*) filter (may_be_asked) as may_be_asked,
            count(*) filter (is_advocate and referrals > 0) as brought,
        from advocates
        """,
    )
    waits = records(
        cursor,
        """
        select coalesce(blocked_by, 'no action') as rule, count(*) as customers,
        from advocates where is_advocate and not may_be_asked group by all order by customers desc, rule
        """,
    )
    return {**(found or {}), "waits": {row["rule"]: row["customers"] for row in waits}}


def expansion_notes(cursor: Cursor) -> dict[str, str]:
    """What is missing, in a sentence by part; empty where nothing is."""
    return {row["part"]: row["sentence"] for row in records(cursor, "from expansion_notes order by part")}
