"""Questions about what could be done for one customer: every fitting action, what it rests on, what to recommend."""

import pandas as pd

from pipelines.queries.rows import Cursor, frame
from pipelines.queries.suggestions import has_tables

_NO_OFFERS = ("action", "title", "kind", "channel", "expected_net", "cost", "agent_minutes", "acceptance",
              "acceptance_source", "break_even_risk", "deferred_until", "blocked_by", "contact_on")  # fmt: skip


def customer_offers(cursor: Cursor, customer_id: str) -> pd.DataFrame:
    """One row per action that fits one customer: those allowed first, of these the ones that earn most."""
    if not has_tables(cursor, "customer_actions", "actions"):
        return pd.DataFrame({name: [] for name in _NO_OFFERS})
    return frame(
        cursor,
        """
        select offers.*, actions.title, actions.kind, actions.contact_cost, actions.contact_on, actions.place,
        from customer_actions as offers inner join actions using (action)
        where customer_id = $id order by blocked_by is not null, expected_net desc, place
        """,
        {"id": customer_id},
    )


def action_assumptions(cursor: Cursor, action: str) -> pd.DataFrame:
    """One row per number that goes into the expected net of an action, with its badge."""
    if not has_tables(cursor, "action_assumptions"):
        return pd.DataFrame({"assumption": [], "value": [], "badge": []})
    return frame(cursor, "select * from action_assumptions where action = $action", {"action": action})


def customer_recommendations(cursor: Cursor, customer_id: str) -> pd.DataFrame:
    """What to offer one customer next, best first, each with its evidence in words."""
    if not has_tables(cursor, "customer_recommendations"):
        return pd.DataFrame({"kind": [], "product_name": [], "evidence": []})
    return frame(
        cursor, "select * from customer_recommendations where customer_id = $id order by rank", {"id": customer_id}
    )
