"""The part "Label lab" of the training page: every definition of churn side by side, and the way to choose one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import (
    decisions,
    definitions,
    label_lab_charts,
    label_lab_choice,
    run_panel,
    run_words,
    running,
    widgets,
    words,
)
from pages.components import label_lab_words as own

Lab = Mapping[str, Any]


def section() -> None:
    """The part as a whole: run, grid, one definition, choice, history."""
    newest = run_panel.show("labels") if _is_told() else None
    lab = definitions.lab()
    if lab is None:
        widgets.finding(
            "No definition has been worked out yet.",
            "The label lab shows what other horizons, and other customers to look at, would mean for this shop: churn "
            "rate per month, accuracy and money. It takes seconds, minutes for large shops.",
        )
        _start("Work it out", newest)
        return
    churn = definitions.settings().churn
    in_use = f"{churn.eligibility}-{churn.horizon_days}"
    _grid(lab, in_use, churn, newest)
    shown = _choose(lab["cells"], in_use, churn)
    cell = next(one for one in lab["cells"] if own.key(one) == shown)
    _one(lab, cell, in_use)
    left, right = st.columns(2, gap="small")
    with left:
        label_lab_choice.show(cell, in_use, churn.active_days)
    with right:
        label_lab_choice.history(definitions.history())


def _is_told() -> bool:
    """Whether a run is at work, or the newest of the lab did not end well: its panel then stands on top."""
    current, last = running.state(), running.last("labels")
    return bool((current and current.is_running) or (last and last.phase != running.DONE))


def _start(label: str, newest: Any) -> None:
    """The button that works the lab out in a process of its own."""
    busy, nobody = bool(newest and newest.is_running), not decisions.person()
    pressed = st.button(
        label, key="lab_start", disabled=busy or nobody,
        help="Sign in first." if nobody else "One run at a time." if busy else None,
    )  # fmt: skip
    if pressed:
        running.start(["labels"])
        st.rerun()


def _grid(lab: Lab, in_use: str, churn: Any, newest: Any) -> None:
    """Every definition with its figures; the stronger the colour, the higher the figure."""
    old, currency = definitions.stale(lab), lab["currency"]
    with widgets.card(own.verdict(lab["cells"], in_use, currency), own.scope(lab), own.how(lab, currency)):
        table = own.figures(lab["cells"], in_use, currency)
        strengths = own.strengths(table)
        st.table(table.style.format(own.formats(currency)).apply(_heat, strengths=strengths, axis=None))
        if any(cell["earned"] for cell in lab["cells"]):
            st.caption(own.promise(lab))
        with st.container(horizontal=True, vertical_alignment="center"):
            made = run_words.clock(datetime.fromisoformat(lab["made_at"]))
            state = f"**Out of date: {old}.** " if old else ""
            st.caption(
                f"{state}Worked out at {made}. Stronger colour, higher figure.", width="stretch",
                help="  \n".join(f"**{name}**: {text}" for name, text in _column_help(lab, churn).items()),
            )  # fmt: skip
            _start("Work it out anew", newest)


def _column_help(lab: Lab, churn: Any) -> dict[str, str]:
    """What each column means for this shop."""
    return {
        name: text.format(active_days=churn.active_days, yardstick=lab["yardstick_days"])
        for name, text in own.COLUMN_HELP.items()
    }


def _heat(table: pd.DataFrame, strengths: pd.DataFrame) -> pd.DataFrame:
    """Colour behind the figures: one hue that keeps the contrast of words on light and dark grounds."""
    styles = pd.DataFrame("white-space: nowrap", index=table.index, columns=table.columns)
    for column in strengths:
        styles[column] = [
            f"{rest}; background-color: rgba(64, 140, 196, {0.04 + 0.36 * share:.2f})" if pd.notna(share) else rest
            for rest, share in zip(styles[column], strengths[column], strict=True)
        ]
    return styles


def _choose(cells: Sequence[Mapping[str, Any]], in_use: str, churn: Any) -> str:
    """The definition that is looked at; it stands in the URL as `who` and `days`."""
    whos = list(dict.fromkeys(cell["eligibility"] for cell in cells))
    horizons = sorted({cell["horizon_days"] for cell in cells})
    known = in_use in own.names(cells)
    first_who, first_days = (churn.eligibility, churn.horizon_days) if known else (whos[0], horizons[0])
    widgets.own_value("who", whos)
    widgets.own_value("days", horizons)
    with st.container(horizontal=True):
        who = st.segmented_control(
            "Who is looked at", whos, key="who", default=first_who, required=True, format_func=own.WHO.get,
            bind="query-params",
            help=own.WHO_HELP.format(active_days=churn.active_days, factor=f"{churn.due_factor:g}"),
        )  # fmt: skip
        days = st.segmented_control(
            "Horizon, in days", horizons, key="days", default=first_days, required=True, bind="query-params",
            help="Who orders nothing for so long, or whose contract ends in that time, has churned.",
        )  # fmt: skip
    return f"{who}-{days}"


def _one(lab: Lab, cell: Mapping[str, Any], in_use: str) -> None:
    """One definition: churn month by month, and how it sits in the shop's own rhythm."""
    left, right = st.columns(2, gap="small")
    months = own.months(lab["cells"], own.key(cell), in_use)
    note = "By the day customers were looked at; thin lines: the other horizons, same customers"
    with left, widgets.card(own.months_title(cell), note):
        widgets.draw(label_lab_charts.lines(months), "No month of it has an outcome yet.",
                     "Churn rate by month, beside other horizons")  # fmt: skip
        with st.expander("Table"):
            _months_table(cell)
    bands = own.cadences(lab)
    buyers = words.plural(bands["Customers"].sum(), "customer")
    with right, widgets.card(own.cadence_title(bands, cell["horizon_days"]), f"{buyers} with two order days or more"):
        widgets.draw(label_lab_charts.rhythm(bands, cell["horizon_days"]), "Nobody has ordered on two days yet.",
                     "Customers by their usual gap between orders")  # fmt: skip
        with st.expander("Table"):
            st.table(bands[["Every", "Customers"]].set_index("Every"))


def _months_table(cell: Mapping[str, Any]) -> None:
    rows = [
        {
            own.MONTH: words.day(datetime.fromisoformat(month["as_of_date"])),
            own.ELIGIBLE: words.count(month["eligible"]),
            "Churned": words.count(month["churned"]),
            own.CHURN: words.rate(month["churned"] / month["eligible"]) if month["eligible"] else words.MISSING,
        }
        for month in reversed(cell["months"])
    ]
    st.table(pd.DataFrame(rows).set_index(own.MONTH) if rows else pd.DataFrame())
