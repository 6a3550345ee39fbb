"""The worklist's table: one page of rows, its columns and widths, and what was selected over all pages."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import contract_words, decisions, lane, sentences, words
from pages.components import worklist_words as own
from pages.components.data import ListOrder
from pages.components.worklist import DIRECTIONS, SIZE, first_page

ROWS = 13
HEIGHT = 34 + 30 * ROWS
BOXES = 33  # width of the boxes that select
TABLE_WIDTH = 1132  # what a screen of 1440 pixels leaves beside the boxes that select
# What says the places of a sort: rank, and how many share it.
PLACES = {"value_at_risk": ("value_rank", "value_ties"), "churn_risk": ("risk_rank", "risk_ties")}
# Width and side of each column of the table, in its order.
COLUMNS = {
    "place": (46, "right"),  # or the number: what the Tab key reaches first opens nothing (lane.py)
    lane.NUMBER: (lane.WIDTH, "right"),
    "name": (122, "left"),
    "top_reason": (178, "left"),
    "action": (164, "left"),
    "churn_risk": (82, "right"),
    "expected_value": (76, "right"),
    "expected_net": (74, "right"),
    "value_at_risk": (74, "right"),
    "revenue_12m": (110, "right"),
    "orders": (76, "right"),
    "lifecycle_stage": (80, "left"),
    "segment": (110, "left"),
    "last_ordered_at": (86, "right"),
    "days_overdue": (74, "right"),
    "plan": (96, "left"),
    "renews_on": (66, "right"),
    "channel": (58, "left"),
    "contactable_channels": (86, "left"),
    "arm": (54, "left"),
    "owner": (72, "left"),
    "status": (78, "left"),
    "due_on": (56, "right"),
}
OF_A_MODEL = ("place", "top_reason", "churn_risk", "expected_value", "value_at_risk")
OF_CONTRACTS = ("plan", "renews_on")  # instead of when the next order is due, where contracts are predicted
OF_ACTIONS = ("action", "expected_net", "channel")
WITHOUT_A_MODEL = ("revenue_12m", "orders", "lifecycle_stage", "segment", "contactable_channels")
WHEN_SORTED = ("value_at_risk", "last_ordered_at")  # shown while the list is sorted by them
MODES = ("single-cell", "single-column")
NUMBER_WIDTH = 96  # of the first column where customers have no names
EMPTY_WIDTHS = {"arm": 40, "owner": 56, "status": 54, "due_on": 44}  # while nobody of the page is taken up


@dataclass(frozen=True)
class Taken:
    """What people decided about the customers of a page: the task that stands for each, and the arm."""

    tasks: Mapping[str, Any]
    arms: Mapping[str, str]
    stopped: Mapping[str, str]
    on: date


def taken_up(rows: pd.DataFrame, on: date) -> Taken:
    """Ask the workflow database once for the page, and remember what was seen for whoever edits later."""
    ids = [str(customer) for customer in rows["customer_id"]]
    found = decisions.standing.by_customer(decisions.tasks_of(ids))
    kept = st.session_state.get("seen_tasks", {})
    chosen = selected()
    st.session_state["seen_tasks"] = {customer: kept[customer] for customer in chosen if customer in kept} | {
        customer: found.get(customer, []) for customer in ids
    }
    actions = dict(zip(ids, rows["action"], strict=True))
    current = {customer: decisions.standing.current(found.get(customer, []), actions[customer]) for customer in ids}
    return Taken(current, decisions.arms_of(ids), decisions.stopped_of(ids), on)


def selected() -> dict[str, tuple[str | None, str]]:
    """Selected customers over all pages: number → suggested action and name."""
    return st.session_state.setdefault("selected", {})


def clear() -> None:
    """Select nobody."""
    st.session_state["selected"] = {}
    _new_round()


def _new_round() -> None:
    """A fresh table, which takes its selection from `selected`."""
    st.session_state["table_round"] = st.session_state.get("table_round", 0) + 1


def table(rows: pd.DataFrame, taken: Taken, run: dict, by: ListOrder, known: Mapping[str, str]) -> str | None:
    """The page of customers; returns the id of the one that was clicked."""
    if st.session_state.setdefault("selected_of", run["run_id"]) != run["run_id"]:
        st.session_state.update(selected={}, selected_of=run["run_id"])  # other scores suggest other actions
    is_selectable = "expected_net" in known  # without a suggestion there is nothing to do for many at once
    shown = widths(rows, run, by, is_selectable, not any(taken.tasks.values()) and not taken.arms)
    ids = [str(customer) for customer in rows["customer_id"]]
    names = rows["name"].where(rows["name"].notna(), rows["customer_id"])
    actions = rows["action"].where(rows["action"].notna(), None)
    st.session_state["page_rows"] = dict(zip(ids, zip(actions, names, strict=True), strict=True))
    # The same rows keep their table; other rows get a fresh one, whose boxes are ticked for whom was selected before.
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:12]
    key = f"customers_{digest}_{st.session_state.get('table_round', 0)}"
    chosen = selected()
    ticked: Any = {"selection": {"rows": [place for place, customer in enumerate(ids) if customer in chosen]}}
    boxes: Any = {"selection_mode": MODES}
    if is_selectable:
        boxes = {"selection_mode": (*MODES, "multi-row"), "selection_default": ticked}
    with st.container(key="worklist_table"):
        state = st.dataframe(
            displayed(rows, taken, run["currency"], by), key=key, hide_index=True, height=HEIGHT, row_height=30,
            column_config=_columns(run, by, shown), column_order=list(shown),
            on_select=partial(picked, key, known), **boxes,
            placeholder=words.MISSING, alt="Customers of the worklist",
        )  # fmt: skip
    row = lane.opened(state["selection"], "place")
    return None if row is None else ids[row]


def picked(key: str, known: Mapping[str, str]) -> None:
    """Remember the ticked rows of this page beside those of others; sort by a head that was clicked.

    A click on a head or a cell empties the boxes in the browser, which nobody asked for: it selects and clears nobody.
    """
    picks = st.session_state[key]["selection"]
    if picks["columns"]:
        sort_by_head(picks["columns"][0], known)
    elif picks["cells"]:
        if selected() and lane.opened(picks, "place") is None:
            _new_round()  # nothing opens, and the boxes are ticked again
    else:
        page = st.session_state["page_rows"]
        ticked = [list(page)[place] for place in picks["rows"]]
        others = {customer: about for customer, about in selected().items() if customer not in page}
        st.session_state["selected"] = others | {customer: page[customer] for customer in ticked}


def sort_by_head(column: str, known: Mapping[str, str]) -> None:
    """Sort the whole list by the column whose head was clicked; a second click turns the direction."""
    _new_round()
    if column in known:
        is_same = st.session_state.get("sort", next(iter(known))) == column
        is_falling = st.session_state.get("order", DIRECTIONS[0]) == DIRECTIONS[0]
        st.session_state["sort"] = column
        st.session_state["order"] = DIRECTIONS[is_falling if is_same else column == "name"]
        first_page()


def displayed(rows: pd.DataFrame, taken: Taken, currency: str, by: ListOrder) -> pd.DataFrame:
    """The list's rows in people's words and formats, columns in the order of the table."""
    rank, ties = PLACES.get(by.by, PLACES["value_at_risk"])
    first = (st.session_state.get("page", 1) - 1) * SIZE + 1
    money = {
        name: rows[name].map(lambda value: words.money(value, currency))
        for name in ("expected_value", "expected_net", "value_at_risk", "revenue_12m")
    }
    frame = {
        "place": list(map(words.place, rows[rank], rows[ties])),
        lane.NUMBER: [words.count(number) for number in range(first, first + len(rows))],
        "name": rows["name"].where(rows["name"].notna(), rows["customer_id"]),
        "top_reason": rows["top_reason"].map(words.sentence),
        "action": [own.suggestion(row, taken.stopped.get(row["customer_id"])) for row in rows.to_dict("records")],
        "churn_risk": rows["churn_risk"] * 100,
        **money,
        "orders": rows["orders"].map(words.count),
        "lifecycle_stage": rows["lifecycle_stage"].map(words.label),
        "segment": rows["segment"].map(words.label),
        "last_ordered_at": rows["last_ordered_at"].map(words.day),
        "days_overdue": _next_orders(rows),
        "plan": _optional(rows, "plan"),
        "renews_on": _optional(rows, "renews_on").map(own.short_day),
        "channel": _optional(rows, "channel").map(words.label),
        "contactable_channels": rows["contactable_channels"].map(words.channels),
        **_decided(rows, taken),
    }
    return pd.DataFrame({name: frame[name] for name in COLUMNS})


def _next_orders(rows: pd.DataFrame) -> list[str]:
    expected = _optional(rows, "next_order_expected")
    return [own.next_order(day, late) for day, late in zip(expected, rows["days_overdue"], strict=True)]


def _decided(rows: pd.DataFrame, taken: Taken) -> dict[str, Sequence[str | None]]:
    """Arm, owner, status and due date of each row."""
    found: dict[str, list[str | None]] = {"arm": [], "owner": [], "status": [], "due_on": []}
    for customer, is_held_out in zip(rows["customer_id"], rows["is_held_out"], strict=True):
        task = taken.tasks.get(customer)
        arm = "control" if is_held_out else taken.arms.get(customer)
        found["arm"].append(words.label(arm) if arm else None)
        found["owner"].append(task.owner if task else None)
        found["status"].append(own.status(task, taken.on))
        found["due_on"].append(own.short_day(task.due_on) if task and task.due_on else None)
    return found


def _optional(rows: pd.DataFrame, name: str) -> pd.Series:
    """A column that a list made by an older version may lack."""
    return rows[name] if name in rows else pd.Series(None, index=rows.index, dtype=object)


def widths(
    rows: pd.DataFrame, run: dict, by: ListOrder, has_actions: bool, is_untouched: bool = False
) -> dict[str, int]:
    """Width of each column shown; what is left goes to the reasons and actions."""
    has_risk = sentences.has_model(run)
    hidden = set(WITHOUT_A_MODEL if has_risk else OF_A_MODEL + OF_ACTIONS)
    hidden |= {name for name in WHEN_SORTED if name != by.by and has_risk}
    hidden |= {lane.NUMBER if by.by in PLACES and has_risk else "place"}
    if not has_actions:
        hidden |= set(OF_ACTIONS) - ({"action"} if "blocked_by" in rows and rows["blocked_by"].notna().any() else set())
    has_contracts = contract_words.is_predicted(run) and "plan" in rows
    hidden |= {"days_overdue"} if has_contracts else set(OF_CONTRACTS)
    if rows["contactable_channels"].isna().all():
        hidden.add("contactable_channels")
    found = {name: width for name, (width, _) in COLUMNS.items() if name not in hidden}
    if rows["name"].isna().all():
        found["name"] = NUMBER_WIDTH
    if is_untouched:
        found |= {name: width for name, width in EMPTY_WIDTHS.items() if name in found}
    rest = TABLE_WIDTH + (0 if has_actions else BOXES) - sum(found.values())
    if rest > 0:
        found["top_reason" if has_risk else "name"] += rest
    return found


def _columns(run: dict, by: ListOrder, shown: dict[str, int]) -> dict:
    """Labels with the sort arrow, help and widths of the columns shown."""
    facts = {"horizon": run["horizon_days"], "value_days": run["value_horizon_days"], "currency": run["currency"]}
    facts |= words.churn(run["eligibility"])
    found = {}
    for name, width in shown.items():
        side = COLUMNS[name][1]
        arrow = (" ↓" if by.descending else " ↑") if name == by.by else ""
        about = {"label": own.COLUMNS[name] + arrow, "width": width, "help": own.HELP[name].format(**facts)}
        found[name] = (
            st.column_config.ProgressColumn(**about, format="%.0f %%", min_value=0, max_value=100)
            if name == "churn_risk"
            else st.column_config.TextColumn(**about, alignment=side)
        )
    return found
