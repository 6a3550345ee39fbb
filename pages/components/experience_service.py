"""Part "Service": hours to the first reply and to the solution, and what was reopened, by month, channel and topic."""

import pandas as pd
import streamlit as st

from pages.components import (
    data,
    experience_charts,
    experience_figures,
    experience_frames,
    proactive_view,
    widgets,
    words,
)
from pages.components import experience_words as own
from pages.components.experience_tables import behind
from pages.components.experience_words import Record

REPLY, RESOLUTION, REOPENED = "First reply", "Resolution", "Reopened"
_STEPS = {REPLY: "reply", RESOLUTION: "resolution"}
MEANS = {
    REPLY: "Hours from opening a ticket to the first reply, of the tickets replied to. Half waited less than the "
    "median, nine of ten less than the 90th percentile.",
    RESOLUTION: "Hours from opening a ticket to its solution, of the tickets solved. In the newest month the slow ones "
    "are still open, so that it looks better than it will.",
    REOPENED: "Share of the tickets ever solved that were reopened, with Wilson’s 95 % interval.",
}


def show(run: Record) -> None:
    """One measure, chosen in the address: months beside channels and topics."""
    missing = own.missing(data.experience_notes(), "service")
    shop = data.experience_service("shop").to_dict("records")
    if missing or not shop:
        widgets.nothing_found(missing or f"No ticket was opened in the {own.year(run)}.")
        return
    widgets.own_value("served", tuple(MEANS))
    name = st.segmented_control("Measure", list(MEANS), key="served", default=REPLY, required=True,
                                label_visibility="collapsed", bind="query-params")  # fmt: skip
    frames = {where: _frame(name, data.experience_service(where)) for where in ("channel", "topic")}
    rows = [len(frame) for frame in frames.values() if len(frame)]
    left, right = st.columns([11, 9], gap="small")
    with left:
        _months(name, shop[0], max(experience_charts.rows_high(*rows), 250))
    with right:
        for where, frame in frames.items():
            _groups(name, where, frame, run)
    proactive_view.counted(run)


def _frame(name: str, found: pd.DataFrame) -> pd.DataFrame:
    return experience_frames.reopened_groups(found) if name == REOPENED else \
        experience_frames.hour_groups(found, _STEPS[name])  # fmt: skip


def _months(name: str, shop: Record, height: int) -> None:
    """One measure by the month in which a ticket was opened."""
    months = data.experience_service("month")
    counted = "" if name == REOPENED else f" · counted {experience_figures.hours_told(shop['basis'])}"
    tickets = words.plural(int(months["tickets"].tail(experience_frames.MONTHS_SHOWN).sum()), "ticket")
    with widgets.card(_moved(name, shop), f"By month of opening · n = {tickets}{counted}", MEANS[name]):
        told = f"{name} per month"
        if name == REOPENED:
            frame = experience_frames.reopened_months(months)
            widgets.draw(experience_charts.months(frame, "share", told, height), "No ticket was solved yet.")
        else:
            frame = experience_frames.hour_months(months, _STEPS[name])
            widgets.draw(experience_charts.spread(frame, told, height), "No ticket came so far yet.")
        behind(frame, told)


def _moved(name: str, shop: Record) -> str:
    """The finding: the newest month that is over beside the same month of last year."""
    column = "reopened_share" if name == REOPENED else f"{_STEPS[name]}_median_hours"
    form = words.percent if name == REOPENED else words.hours
    row, before = own.newest(data.experience_service("month"), column)
    if row is None:
        return f"{name}: no month is over yet"
    what = {REPLY: "Half were replied to within", RESOLUTION: "Half were solved within", REOPENED: "Reopened:"}[name]
    now = f"{what} {form(row[column])} in {words.month(row['month'])}"
    return f"{now}, {form(before[column])} a year before" if before is not None else now


def _slowest(name: str, row: Record) -> str:
    """The finding of a measure by group: who waits longest by the slowest tenth, or is reopened most."""
    if name == REOPENED:
        return f"“{row['Group']}” is reopened most: {row['Shown as']}"
    worst = "waits longest" if name == REPLY else "takes longest"
    return f"“{row['Group']}” {worst}: one ticket in ten over {row['slow']}"


def _groups(name: str, dimension: str, frame: pd.DataFrame, run: Record) -> None:
    """One measure by channel or topic, worst first; nothing where none is known."""
    if frame.empty:
        return
    enough = frame[~frame["is_few"]]
    title = _slowest(name, enough.iloc[0]) if len(enough) else f"No {dimension} has {own.FEW} tickets"
    drawn = "95 % interval" if name == REOPENED else "from the median (point) to the 90th percentile"
    few = f" · pale: fewer than {own.FEW} tickets" if frame["is_few"].any() else ""
    with widgets.card(title, f"By {dimension}, {own.year(run)} · {drawn}{few}"):
        told = f"{name} by {dimension}"
        widgets.draw(experience_charts.groups(frame, "share" if name == REOPENED else "hours", told))
        behind(frame, told)
