"""The suggested action and what else could be done: money, break-even, what the figures rest on, what is held back."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import customer_decisions, customer_words, data, widgets, words
from pages.components.charts import TEXT
from pages.components.customer_decisions import Case
from pages.components.plan_words import channel
from pages.components.theme import dressed

Record = Mapping[str, Any]
ALTERNATIVES = 2
RISK = "Risk"


def suggested(offers: pd.DataFrame, row: Record, case: Case) -> Record | None:
    """The offer that the list suggests; None where it suggests none, or the customer objects or is held out by now."""
    if case.objects or case.arm == "control" or words.is_missing(row.get("action")):
        return None
    found = offers[(offers["action"] == row["action"]) & offers["blocked_by"].isna()]
    return None if found.empty else dict(found.iloc[0])


def shown(offers: pd.DataFrame, offer: Record | None) -> pd.DataFrame:
    """The suggestion and its two best alternatives, allowed ones before those that wait."""
    first = offers["action"] == (offer or {}).get("action")
    return pd.concat([offers[first], offers[~first].head(ALTERNATIVES + (offer is None))])


def card(offers: pd.DataFrame, offer: Record | None, row: Record, run: Record, case: Case) -> None:
    """What to do with this customer, beside the two next best, with break-even, badges and what is in the way."""
    note, waits = customer_words.suggestion_note(offer, offers, run), next_day(offers)
    if case.objects:
        note, waits = "Asked here not to be contacted any more: on no list, in no export.", None
    elif case.arm == "control":
        note, waits = "Held out in a running campaign, so that the effect on the others can be measured.", None
    since = [
        one.contacted_at for one in case.contacts if one.arm == "treated" and one.contacted_at > run["finished_at"]
    ]
    if since and not case.objects:
        note += f" · contacted here since, on {words.day(max(since))}"
    with widgets.card(customer_words.suggestion_title(offer, waits, bool(row.get("is_planned"))), note):
        if offer is not None:
            bar, buttons = st.columns([5, 3], vertical_alignment="center", gap="small")
            with bar:
                _against(row, offer)
            with buttons.container(horizontal=True, horizontal_alignment="right", gap="small"):
                _take_up(offer, row, run, case)
                with st.popover("What it rests on", type="tertiary"):
                    st.table(rests_on(offer, run))
        if len(offers):
            with st.container(key="offers"):
                st.table(table(shown(offers, offer), offer, run).set_index("Action"), border="horizontal")


def next_day(offers: pd.DataFrame) -> date | None:
    """The first day on which an action that pays may be done; None where none ever may, or one may be done now."""
    good = offers[offers["expected_net"] > 0]
    days = good["deferred_until"].dropna()
    return None if days.empty or good["blocked_by"].isna().any() else pd.Timestamp(min(days)).date()


def _against(row: Record, offer: Record) -> None:
    """The risk against the own break-even; what sells earns by those who stay."""
    if words.is_missing(offer["break_even_risk"]):
        st.caption("It earns by what is sold, so it pays at any risk shown here.")
    else:
        told = (
            f"Churn risk {words.percent(row['churn_risk'])}; acting pays from {words.percent(offer['break_even_risk'])}"
        )
        st.altair_chart(risk_bar(row["churn_risk"], offer["break_even_risk"]), alt=told)


def table(offers: pd.DataFrame, offer: Record | None, run: Record) -> pd.DataFrame:
    """Actions in people's words, the suggested one in bold."""
    is_suggested = offers["action"] == (offer or {}).get("action")
    titles = offers["title"].map(words.literal)
    return pd.DataFrame(
        {
            "Action": titles.where(~is_suggested, "**" + titles + "**"),
            "Earns": [_money(amount, run) for amount in offers["expected_net"]],
            "Costs": [_money(amount, run) for amount in offers["cost"]],
            f"Pays{words.GAP}from": [words.percent(one["break_even_risk"]) for one in offers.to_dict("records")],
            "Keeps or wins": [
                f"{words.percent(one['acceptance'])}{words.GAP}{customer_words.badge(one['acceptance_source'])}"
                for one in offers.to_dict("records")
            ],
            "When": [
                customer_words.held_back(one["blocked_by"], one["deferred_until"]) for one in offers.to_dict("records")
            ],
        }
    )


def _money(amount: float, run: Record) -> str:
    """Money for a cell that may be narrow: the sign stays with its figure."""
    return words.literal(words.money(amount, run["currency"]).replace("−", f"−{words.JOINER}"))


def rests_on(offer: Record, run: Record) -> pd.DataFrame:
    """Every number behind the expected net of an action, with its badge."""
    rows = data.action_assumptions(offer["action"]).to_dict("records")
    return pd.DataFrame(
        {
            "Figure": [
                customer_words.ASSUMPTIONS.get(row["assumption"], words.label(row["assumption"])) for row in rows
            ],
            "Value": [words.literal(customer_words.assumption(row, offer, run["currency"])) for row in rows],
            "How sure": [customer_words.badge(row["badge"]) for row in rows],
        }
    ).set_index("Figure")


def _take_up(offer: Record, row: Record, run: Record, case: Case) -> None:
    """The button that makes a task of the suggestion, or who has it already."""
    taken = [task for task in case.open_tasks if task.action == offer["action"]]
    if taken:
        owner, due = words.literal(taken[0].owner or "nobody yet"), words.day(taken[0].due_on)
        st.caption(f"Taken up by {owner}, due {due}", width="content")
        return
    st.button("Take it up", key="take_up", help="Makes a task of it for you, due in a week.",
              on_click=partial(_taken, row["customer_id"], offer["action"], run.get("run_id")))  # fmt: skip


def _taken(customer_id: str, action: str, run_id: str | None) -> None:
    if customer_decisions.take_up(customer_id, action, run_id):
        st.toast("Taken up: the task stands under your name.")


def risk_bar(risk: float, break_even: float) -> alt.LayerChart:
    """The churn risk as a bar from 0 to 100 %, with the risk from which the action pays as a line; both named."""
    x = alt.X(f"{RISK}:Q", title=None, scale=alt.Scale(domain=[0, 1], nice=False), axis=None)
    told = f"risk {words.percent(risk)}"
    bar = alt.Chart(pd.DataFrame({RISK: [risk], TEXT: [told]})).encode(x=x, tooltip=[TEXT])
    rest = alt.Chart(pd.DataFrame({RISK: [1.0], TEXT: [told]})).encode(x=x)
    pays = alt.Chart(pd.DataFrame({RISK: [break_even], TEXT: [f"pays from {words.percent(break_even)}"]})).encode(x=x)
    side, other = (("right", -5), ("left", 5)) if break_even > 0.5 else (("left", 5), ("right", -5))
    layers = [
        rest.mark_bar(size=10, cornerRadiusEnd=2, opacity=0.18),
        bar.mark_bar(size=10, cornerRadiusEnd=2, opacity=0.85),
        pays.mark_rule(strokeWidth=2),
        pays.mark_text(align=side[0], dx=side[1], dy=-13, fontWeight=500).encode(text=TEXT),
        bar.mark_text(align="right" if risk > 0.15 else other[0], dx=0, dy=14).encode(text=TEXT),
    ]
    return dressed(alt.layer(*layers), 46)


def recommendations(found: pd.DataFrame) -> None:
    """What to offer next, each with its evidence."""
    with widgets.card("What to offer next", "From what this customer and others bought, as known on the day."):
        if found.empty:
            st.caption("Nothing stands out: too few purchases of this customer, or no order lines in the data.")
            return
        shown = pd.DataFrame(
            {
                "Product": found["product_name"].map(words.literal),
                "Kind": found["kind"].map(lambda kind: customer_words.KINDS.get(kind, words.label(kind))),
                "Because": found["evidence"].map(lambda text: words.literal(words.sentence(text) or "")),
            }
        )
        st.table(shown.set_index("Product"), border="horizontal")


def rules(offers: pd.DataFrame, row: Record, run: Record) -> None:
    """Every action that fits, and which rule would hold it back until when."""
    held = int(offers["blocked_by"].notna().sum())
    title = f"{words.plural(held, 'fitting action')} held back" if held else "No rule holds an action back"
    title = title if len(offers) else "No action"
    with widgets.card(title, "Every action of the catalogue that is meant for this customer." if len(offers) else ""):
        if offers.empty:
            st.caption(customer_words.no_offers(row, run))
            return
        rows = offers.to_dict("records")
        shown = pd.DataFrame(
            {
                "Action": offers["title"].map(words.literal),
                "By": offers["channel"].map(lambda name: channel(name, True)),
                "May be done": [customer_words.held_back(one["blocked_by"], one["deferred_until"]) for one in rows],
                "Earns": [_money(one["expected_net"], run) for one in rows],
            }
        )
        st.table(shown.set_index("Action"), border="horizontal")
