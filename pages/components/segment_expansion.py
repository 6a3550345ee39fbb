"""Expansion: what groups of customers could buy beyond what they have, what may be offered today, and advocates."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import data, segment_choice, widgets, words
from pages.components import expansion_charts as charts
from pages.components import expansion_words as own
from pages.components.segment_view import behind
from pages.components.worklist_words import RULES

Record = Mapping[str, Any]


def show(names: Mapping[str, str], run: Record) -> None:
    """Potential by group and kind, beside what may be offered today and who would recommend the shop."""
    if not data.has_expansion():
        widgets.nothing_found(own.OLD)
        return
    notes = data.expansion_notes()
    known = [one for one in own.DIMENSIONS if one != "persona" or names]
    left, right = st.columns([7, 5], gap="small")
    with left:
        dimension = st.segmented_control(
            "Groups", known, key="expand", default="segment", required=True, format_func=own.DIMENSIONS.get,
            label_visibility="collapsed", bind="query-params",
        )  # fmt: skip
        _potential(dimension, names, run, notes)
    with right:
        _offers(dimension, names, run)
        _advocates(notes, run)


def _potential(dimension: Any, names: Mapping[str, str], run: Record, notes: Mapping[str, str]) -> None:
    """The squares of group and kind, and how the rates were measured."""
    shop, potential = data.expansion_potential("shop"), data.expansion_potential(dimension)
    if potential.empty:
        widgets.nothing_found(notes.get("potential", own.NOBODY))
        return
    control = own.CONTROLS.get(dimension)
    st.session_state["expand_control"] = control
    groups = st.session_state.get(control, []) if control else []
    frame = charts.potential_frame(potential, names, (groups, st.session_state.get("offer", [])), run["currency"])
    alt = "Expected margin by group of customers and kind of recommendation"
    with widgets.card(own.title(shop, potential, names, run), own.scope(shop, run, True), own.NOTE):
        st.altair_chart(charts.potential_map(frame, dimension), key=segment_choice.chart_key("expansion"),
                        on_select=_on_square, selection_mode="square", alt=alt)  # fmt: skip
        told = [own.measured(data.expansion_rates()), notes.get("potential", ""), notes.get("links", "")]
        overlap = "A customer may show several bonds and counts in each." if dimension == "bond" else ""
        st.caption(words.literal(" ".join(filter(None, [*told, overlap]))))
        with st.container(horizontal=True, gap="small"):
            behind(frame, alt, ("share", charts.CHOSEN, charts.SHOWN))
            _rates()
            _products(run)


def _on_square() -> None:
    """Choose the customers of a clicked square; bonds overlap and are no filter of the list, so the kind alone."""
    square = segment_choice.clicked("expansion")
    if square:
        control = st.session_state.get("expand_control")
        group = {control: [square["group_name"]]} if control else {}
        segment_choice.choose(offer=[square["kind"]], **group)


def _rates() -> None:
    """How often recommendations were bought, with n and interval."""
    rates = data.expansion_rates()
    if rates.empty:
        return
    rates = rates.set_index("kind").reindex(own.KINDS).dropna(subset=["customers"]).reset_index()
    n = rates["ordered"].where(rates["basis"] == "ordered", rates["customers"])
    shown = pd.DataFrame(
        {
            "Kind": rates["kind"].map(own.KINDS),
            "n": n.map(words.count),
            "Bought it": rates["bought"].map(words.count),
            "Share": rates["taken"].map(words.rate),
            "95 % interval": [
                words.MISSING if words.is_missing(low) else f"{words.rate(low)} to {words.rate(high)}"
                for low, high in zip(rates["low"], rates["high"], strict=True)
            ],
        }
    )
    with st.popover("How often it is bought", type="tertiary"):
        st.dataframe(shown, hide_index=True, row_height=30, height="content", alt="Share who bought, by kind")
        drawn = " A draw of the customers was counted." if rates["is_sample"].any() else ""
        st.caption(
            "The recommender was asked again as it would have answered then, knowing nothing later; counted is who "
            f"bought its best product of the kind within the horizon.{drawn}"
        )


def _products(run: Record) -> None:
    """The products behind the figures."""
    parts = [data.expansion_products(kind, 4).assign(kind=name) for kind, name in own.KINDS.items()]
    found = pd.concat([part for part in parts if len(part)])
    shown = pd.DataFrame(
        {
            "Kind": found["kind"],
            "Product": found["product_name"],
            "Customers": found["customers"].map(words.count),
            "Margin per sale": found["margin_per_sale"].map(lambda amount: words.money(amount, run["currency"])),
            "Expected": found["expected_margin"].map(lambda amount: words.money(amount, run["currency"])),
        }
    )
    with st.popover("Products", type="tertiary"):
        st.dataframe(shown, hide_index=True, row_height=30, height=400, width=620,
                     alt="Products expected to bring most, by kind")  # fmt: skip


def _offers(dimension: Any, names: Mapping[str, str], run: Record) -> None:
    """What the catalogue may offer the chosen group today."""
    control = own.CONTROLS.get(dimension)
    picked = (st.session_state.get(control) or [""])[0] if control else ""
    actions = data.expansion_actions(dimension if picked else "shop", picked)
    sells = actions[actions["kind"] != "referral"]
    who = names.get(picked) or words.label(picked) if picked else "the whole shop"
    note = f"Allowed by consent and contact rules, {who} · {words.day(run['as_of_date'])}"
    help_text = (
        "Expected net is what an offer adds after its cost: acceptance × probability of ordering × gain − cost. "
        "Acceptance is assumed until a control group has measured it."
    )
    with widgets.card(own.offers_title(sells, run), note, help_text):
        if sells.empty:
            st.caption("No action of the catalogue that sells something fits anybody here.")
            return
        shown = pd.DataFrame(
            {
                "Action": sells["title"],
                "Fits": sells["fits"].map(words.count),
                "Today": sells["paying"].map(words.count),
                "Exp. net": sells["expected_net"].map(lambda amount: words.money(amount, run["currency"])),
                "Acceptance": sells["acceptance_source"],
            }
        )
        right = {name: st.column_config.TextColumn(alignment="right", width=64) for name in ("Fits", "Today")}
        columns = right | {"Action": st.column_config.TextColumn(width=170),
                           "Exp. net": st.column_config.TextColumn(alignment="right", width=72)}  # fmt: skip
        st.dataframe(shown, hide_index=True, row_height=30, height="content", column_config=columns,
                     alt="Actions that sell, whom they fit and what they may earn today")  # fmt: skip


def _advocates(notes: Mapping[str, str], run: Record) -> None:
    """From everybody to the advocates, and the way to ask them."""
    found = data.advocates()
    frame = charts.step_frame(data.advocate_steps())
    missing = notes.get("advocates")
    title = "Who would recommend us is not known" if missing else own.advocate_title(found)
    note = f"Of {words.count(frame[charts.CUSTOMERS].iloc[0])} looked at, {words.day(run['as_of_date'])}"
    with widgets.card(title, "" if missing else note, own.RULE):
        if missing:
            st.caption(words.literal(missing))
            return
        st.altair_chart(charts.step_bars(frame), alt="Customers who meet each part of the rule of advocates")
        told = own.advocate_note(found, RULES)
        st.caption(words.literal(" ".join(filter(None, [told, notes.get("asking", "")]))))
        with st.container(horizontal=True, gap="small"):
            st.button("Choose the advocates", key="choose_advocates", disabled=not found["advocates"],
                      on_click=segment_choice.choose, kwargs={"offer": ["advocate"]},
                      help="Puts them into the filters above: open them in the worklist, or save them as a segment and "
                      "ask them by a campaign.")  # fmt: skip
            behind(frame, "Customers by part of the rule", ("tone", charts.SHOWN))
