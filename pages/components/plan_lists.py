"""The plan's three lists, left alone, displaced and contacted: narrowed and paged in the database."""

from typing import Any

import pandas as pd
import streamlit as st

from models.plan import Limits
from pages.components import data, lane, plan_words, sentences, widgets, words
from pages.components.words import MISSING

SIZE = 50
HEIGHT = 34 + 30 * 10
ANY = ""
Record = dict[str, Any]
LABELS = {
    "name": "Customer", "why": "Why", "action": "Best action otherwise", "wanted": "Wanted", "given": "Given",
    "limit_name": "Displaced by", "channel": "By", "churn_risk": "Churn risk", "expected_value": "Expected value",
    "cost_avoided": "Cost avoided", "loss_avoided": "Loss avoided", "net_forgone": "Net forgone",
    "net_given_up": "Net given up", "expected_net": "Expected net", "cost": "Cost", "agent_minutes": "Minutes",
}  # fmt: skip
TEXTS = ("name", "why", "action", "wanted", "given", "limit_name", "channel")
MONEY = ("expected_value", "cost_avoided", "loss_avoided", "net_forgone", "net_given_up", "expected_net", "cost")


def first_page() -> None:
    """Another list, or a narrower one, starts at page one."""
    st.session_state["plan_page"] = 1


def show(limits: Limits | None, run: Record) -> str | None:
    """Controls and table of the list chosen; returns the id of the customer that was clicked."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = st.segmented_control(
            "List", list(plan_words.LISTS), key="list", default="left alone", required=True, bind="query-params",
            format_func=plan_words.LISTS.get, label_visibility="collapsed", on_change=_other_list,
        )  # fmt: skip
        narrowed = _narrowing(name, limits)
        size = data.plan_list_size(limits, name, narrowed)
        st.space("stretch")
        count_place = st.empty()
        page = _paging(size)
    if not size:
        widgets.nothing_found(_empty(name, narrowed))
        return None
    last = min(page * SIZE, size)
    count_place.caption(
        f"{words.count((page - 1) * SIZE + 1)}–{words.count(last)} of {words.count(size)}", width="content"
    )
    return _table(data.plan_list(limits, name, narrowed, page, SIZE), name, run)


def _other_list() -> None:
    st.session_state["narrow"] = ANY
    first_page()


def _narrowing(name: str, limits: Limits | None) -> Record:
    """One choice that narrows the list: reason and rule, limit, or action."""
    choices = _choices(name, limits)
    if st.session_state.get("narrow", ANY) not in choices:
        st.session_state["narrow"] = ANY
    picked = st.selectbox(
        "Narrow the list", list(choices), key="narrow", format_func=lambda key: choices[key][0], width=320,
        label_visibility="collapsed", on_change=first_page, bind="query-params",
    )  # fmt: skip
    return choices[picked][1]


def _choices(name: str, limits: Limits | None) -> dict[str, tuple[str, Record]]:
    """What a list can be narrowed to: words and values by their name in the address."""
    if name == "displaced":
        found = {
            limit: (f"By the limit: {plan_words.limit(limit).lower()}", {"limit_name": limit})
            for limit in data.plan_displaced_by(limits)["limit_name"]
        }
        return {ANY: ("By every limit", {}), **found}
    if name == "contacted":
        actions = data.plan_actions(limits)
        found = {
            action: (title, {"action": action})
            for action, title in zip(actions["action"], actions["title"].fillna(actions["action"]), strict=True)
        }
        return {ANY: ("With every action", {}), **found}
    found = {}
    for row in data.left_alone_reasons(limits).to_dict("records"):
        narrowed = {"reason": row["reason"]} | ({} if words.is_missing(row["rule"]) else {"rule": row["rule"]})
        found["/".join(narrowed.values())] = (plan_words.why(row["reason"], row["rule"]), narrowed)
    return {ANY: ("For every reason", {}), **found}


def _paging(size: int) -> int:
    pages = max(-(-size // SIZE), 1)
    if st.session_state.get("plan_page", 1) > pages:
        st.session_state["plan_page"] = pages
    return st.pagination(pages, key="plan_page", max_visible_pages=5, bind="query-params")


def _empty(name: str, narrowed: Record) -> str:
    """Why a list is empty."""
    if narrowed:
        return "Nobody in this part of the list. Choose another part."
    if name == "contacted" and not data.totals()["has_consents"] and not data.suggestion_titles():
        return plan_words.NO_CONSENTS
    return {
        "left alone": "Nobody is left alone: every scored customer gets an action.",
        "displaced": "Nobody is displaced: every action that pays and is allowed is in the plan.",
        "contacted": "Nobody is contacted under these limits. Raise the budget or the agent hours.",
    }[name]


def _table(rows: pd.DataFrame, name: str, run: Record) -> str | None:
    shown = displayed(rows, run["currency"], sentences.has_model(run))
    facts = {"horizon": run["horizon_days"], "value_days": run["value_horizon_days"], "currency": run["currency"]}
    facts |= words.churn(run["eligibility"])
    columns = {
        column: st.column_config.TextColumn(
            "Action" if column == "action" and name == "contacted" else LABELS[column],
            help=(plan_words.HELP.get(column) or words.HELP[column]).format(**facts),
            alignment="left" if column in TEXTS else "right",
        )
        for column in shown.columns
    }
    columns[lane.NUMBER] = st.column_config.TextColumn(lane.LABEL, width=lane.WIDTH, alignment="right", help=lane.HELP)
    first = (st.session_state.get("plan_page", 1) - 1) * SIZE + 1
    with st.container(key="plan_table"):
        state = st.dataframe(
            lane.numbered(shown, first), key=f"plan_rows_{name}", hide_index=True, row_height=30, column_config=columns,
            height=min(HEIGHT, 36 + 30 * len(shown)), on_select="rerun", selection_mode="single-cell",
            placeholder=MISSING, alt=f"Customers of the plan: {plan_words.LISTS[name].lower()}",
        )  # fmt: skip
    row = lane.opened(state["selection"])
    return None if row is None else str(rows["customer_id"].iloc[row])


def displayed(rows: pd.DataFrame, currency: str, has_risk: bool = True) -> pd.DataFrame:
    """A page of a list in people's words, columns in the order of the table."""
    titles = data.action_titles()
    found: Record = {"name": rows["name"].where(rows["name"].notna(), rows["customer_id"])}
    if "reason" in rows:
        found["why"] = list(map(plan_words.why, rows["reason"], rows["rule"]))
    for column in ("action", "wanted", "given"):
        if column in rows:
            found[column] = rows[column].map(lambda action: titles.get(action, MISSING))
    if "limit_name" in rows:
        found["limit_name"] = rows["limit_name"].map(plan_words.limit)
    if "channel" in rows:
        found["channel"] = rows["channel"].map(lambda channel: plan_words.channel(channel, True))
    if has_risk:
        found["churn_risk"] = rows["churn_risk"].map(words.percent)
    for column in MONEY:
        if column in rows:
            found[column] = rows[column].map(lambda amount: words.money(amount, currency))
    if "agent_minutes" in rows:
        found["agent_minutes"] = rows["agent_minutes"].map(words.count)
    return pd.DataFrame(found)
