"""The worklist's controls and table: state lives in the URL, sorting and paging in the database."""

from functools import partial

import pandas as pd
import streamlit as st

from models.lifecycle import STAGES
from models.segments import RISK_BANDS
from models.wording import symbol_of
from pages.components import sentences, words
from pages.components.data import ListFilter, ListOrder

SIZE = 50
HEIGHT = 34 + 30 * 16
DIRECTIONS = ("highest first", "lowest first")
SORTS = {
    "value_at_risk": "Value at risk",
    "churn_risk": "Churn risk",
    "expected_value": "Expected value",
    "days_overdue": "Overdue",
    "last_ordered_at": "Last order",
    "name": "Customer",
}
# Without a model there is no risk to sort by: what customers bought is a fact, not a prediction.
PLAIN_SORTS = {
    "revenue_12m": "Revenue, 12 months",
    "days_overdue": "Overdue",
    "last_ordered_at": "Last order",
    "name": "Customer",
}
# What says the places of a sort: rank, and how many share it.
PLACES = {"value_at_risk": ("value_rank", "value_ties"), "churn_risk": ("risk_rank", "risk_ties")}
# Width and side of each column of the table, in its order.
COLUMNS = {
    "place": (46, "right"),
    "name": (140, "left"),
    "top_reason": (272, "left"),
    "churn_risk": (94, "right"),
    "expected_value": (98, "right"),
    "value_at_risk": (94, "right"),
    "revenue_12m": (110, "right"),
    "orders": (76, "right"),
    "lifecycle_stage": (72, "left"),
    "segment": (98, "left"),
    "last_ordered_at": (86, "right"),
    "days_overdue": (60, "right"),
    "contactable_channels": (76, "left"),
}
TABLE_WIDTH = 1168  # what a screen of 1440 pixels leaves
OF_A_MODEL = ("place", "top_reason", "churn_risk", "expected_value", "value_at_risk")
WITHOUT_A_MODEL = ("revenue_12m", "orders")
NUMBER_WIDTH = 110  # of the first column where customers have no names
# Every control by its name in the address, with the value it starts with.
DEFAULTS = {
    "search": "", "segment": [], "stage": [], "band": [], "channel": [], "min_value": 0, "held_out": False,
    "page": 1,
}  # fmt: skip


def first_page() -> None:
    """A changed filter or order starts at page one again."""
    st.session_state["page"] = 1


def reset() -> None:
    """Put every filter back to its start; the address follows, the order stays."""
    st.session_state.update(DEFAULTS)


def filters(options: dict[str, list[str]], run: dict) -> ListFilter:
    """One row of filters; what does not occur in the data is not offered."""
    currency, has_risk = run["currency"], sentences.has_model(run)
    places = st.container(key="filters").columns(
        [1.5, 1.3, 1.2, 1.1, 1.1, 0.9], gap="small", vertical_alignment="bottom"
    )
    with places[0]:
        search = st.text_input("Customer", key="search", placeholder="Name or number", icon=":material/search:",
                               on_change=first_page, bind="query-params")  # fmt: skip
    with places[1]:
        segments = _choice("Segment", "segment", sorted(options["segments"]))
    with places[2]:
        stages = _choice("Lifecycle stage", "stage", words.in_order(options["stages"], STAGES))
    with places[3]:
        bands = _choice("Risk band", "band", words.in_order(options["bands"], RISK_BANDS[::-1]))
    with places[4]:
        channels = _choice("May be contacted by", "channel", options["channels"])
    with places[5]:
        least = st.number_input(f"Value at risk from, {symbol_of(currency)}", min_value=0, step=50, key="min_value",
                                disabled=not has_risk, on_change=first_page, bind="query-params")  # fmt: skip
    least, bands = (least, bands) if has_risk else (0, [])
    return ListFilter(tuple(segments), tuple(stages), tuple(bands), tuple(channels), min_value=float(least),
                      search=search.strip(), hide_held_out=not st.session_state.get("held_out", False))  # fmt: skip


def held_out() -> None:
    """A switch for customers kept out of campaigns so that the effect can be measured."""
    st.toggle("Show held-out", key="held_out", on_change=first_page, bind="query-params",
              help="Held-out customers are the control group: left alone, so that the effect on the others can be "
              "measured. Do not contact them.")  # fmt: skip


def _choice(label: str, key: str, options: list[str]) -> list[str]:
    """Several of the words that occur in a column, written as people write them."""
    return st.multiselect(
        label, options, key=key, format_func=words.label, placeholder="All", on_change=first_page,
        disabled=not options, wrap=False, bind="query-params",
    )  # fmt: skip


def sorts(run: dict) -> dict[str, str]:
    """By what the list can be sorted, first the order it starts with."""
    return SORTS if sentences.has_model(run) else PLAIN_SORTS


def order(run: dict) -> ListOrder:
    """By what the list is sorted, chosen here or by a click on a column's head."""
    st.caption("Sorted by", width="content")
    by = st.selectbox("Sorted by", list(sorts(run)), key="sort", format_func=sorts(run).get, width=150,
                      on_change=first_page, label_visibility="collapsed", bind="query-params")  # fmt: skip
    way = st.selectbox("Direction", DIRECTIONS, key="order", width=140, on_change=first_page,
                       label_visibility="collapsed", bind="query-params")  # fmt: skip
    return ListOrder(by, way == DIRECTIONS[0])


def paging(customers: int) -> int:
    """Page buttons for the filtered list; a page that no longer exists becomes the last one."""
    pages = max(-(-customers // SIZE), 1)
    if st.session_state.get("page", 1) > pages:
        st.session_state["page"] = pages
    return st.pagination(pages, key="page", max_visible_pages=5, bind="query-params")


def position(page: int, customers: int) -> str:
    """Which rows of how many are shown: `51–100 of 4,356`."""
    first = (page - 1) * SIZE + 1
    return f"{words.count(first)}–{words.count(min(first + SIZE - 1, customers))} of {words.count(customers)}"


def _table_key() -> str:
    """The table's key in this round; a new round is a fresh table with nothing selected."""
    return f"customers_{st.session_state.get('table_round', 0)}"


def sort_by_head(known: dict[str, str]) -> None:
    """Sort the whole list by the column whose head was clicked; a second click turns the direction."""
    picked = st.session_state[_table_key()]["selection"]["columns"]
    if not picked:
        return
    st.session_state["table_round"] = st.session_state.get("table_round", 0) + 1
    if picked[0] in known:
        is_same = st.session_state.get("sort", next(iter(known))) == picked[0]
        is_falling = st.session_state.get("order", DIRECTIONS[0]) == DIRECTIONS[0]
        st.session_state["sort"] = picked[0]
        st.session_state["order"] = DIRECTIONS[is_falling if is_same else picked[0] == "name"]
        first_page()


def table(rows: pd.DataFrame, run: dict, by: ListOrder) -> str | None:
    """The page of customers; returns the id of the one that was clicked."""
    shown = widths(rows, run, by)
    with st.container(key="worklist_table"):
        state = st.dataframe(
            displayed(rows, run["currency"], by), key=_table_key(), hide_index=True, height=HEIGHT, row_height=30,
            column_config=_columns(run, by, shown), column_order=list(shown),
            on_select=partial(sort_by_head, sorts(run)), selection_mode=["single-cell", "single-column"],
            placeholder=words.MISSING, alt="Customers of the worklist",
        )  # fmt: skip
    cells = state["selection"]["cells"]
    return str(rows["customer_id"].iloc[cells[0][0]]) if cells else None


def displayed(rows: pd.DataFrame, currency: str, by: ListOrder) -> pd.DataFrame:
    """The list's rows in people's words and formats, columns in the order of the table."""
    rank, ties = PLACES.get(by.by, PLACES["value_at_risk"])
    return pd.DataFrame(
        {
            "place": list(map(words.place, rows[rank], rows[ties])),
            "name": rows["name"].where(rows["name"].notna(), rows["customer_id"]),
            "top_reason": rows["top_reason"].map(words.sentence),
            "churn_risk": rows["churn_risk"] * 100,
            "expected_value": rows["expected_value"].map(lambda value: words.money(value, currency)),
            "value_at_risk": rows["value_at_risk"].map(lambda value: words.money(value, currency)),
            "revenue_12m": rows["revenue_12m"].map(lambda value: words.money(value, currency)),
            "orders": rows["orders"].map(words.count),
            "lifecycle_stage": rows["lifecycle_stage"].map(words.label),
            "segment": rows["segment"].map(words.label),
            "last_ordered_at": rows["last_ordered_at"].map(words.day),
            "days_overdue": rows["days_overdue"].map(words.days),
            "contactable_channels": rows["contactable_channels"].map(words.channels),
        }
    )


def widths(rows: pd.DataFrame, run: dict, by: ListOrder) -> dict[str, int]:
    """Width of each column shown; what the shop does not know gives its room to the reasons."""
    has_risk = sentences.has_model(run)
    hidden = set(WITHOUT_A_MODEL if has_risk else OF_A_MODEL) | ({"place"} if by.by not in PLACES else set())
    if rows["contactable_channels"].isna().all():
        hidden.add("contactable_channels")
    found = {name: width for name, (width, _) in COLUMNS.items() if name not in hidden}
    if has_risk and rows["name"].isna().all():
        found["name"] = NUMBER_WIDTH
    if not has_risk:
        return {name: width * TABLE_WIDTH // sum(found.values()) for name, width in found.items()}
    found["top_reason"] += TABLE_WIDTH - sum(found.values())
    return found


def _columns(run: dict, by: ListOrder, shown: dict[str, int]) -> dict:
    """Labels with the sort arrow, help and widths of the columns shown."""
    facts = {"horizon": run["horizon_days"], "value_days": run["value_horizon_days"], "currency": run["currency"]}
    facts |= words.churn(run["eligibility"])
    found = {}
    for name, width in shown.items():
        side = COLUMNS[name][1]
        arrow = (" ↓" if by.descending else " ↑") if name == by.by else ""
        about = {"label": words.COLUMNS[name] + arrow, "width": width, "help": words.HELP[name].format(**facts)}
        found[name] = (
            st.column_config.ProgressColumn(**about, format="%.0f %%", min_value=0, max_value=100)
            if name == "churn_risk"
            else st.column_config.TextColumn(**about, alignment=side)
        )
    return found
