"""Part "Voice of the customer": CSAT, NPS and CES by month, touchpoint and topic, each with n and interval."""

import pandas as pd
import streamlit as st

from pages.components import data, experience_charts, experience_frames, widgets, words
from pages.components import experience_words as own
from pages.components.experience_tables import behind
from pages.components.experience_words import Record


def show(run: Record) -> None:
    """One kind of answers, chosen in the address: months beside touchpoints and, of tickets, topics."""
    missing = own.missing(data.experience_notes(), "scores")
    shop = data.experience_scores("shop")
    if missing or shop.empty:
        widgets.nothing_found(missing or f"No answer lies in the {own.year(run)}.")
        return
    known = {name: row for name in own.KINDS if (row := _shop_row(shop, name))}
    offered = list(known)
    widgets.own_value("said", offered)
    name = st.segmented_control("Answers", offered, key="said", default=offered[0], required=True,
                                label_visibility="collapsed", bind="query-params")  # fmt: skip
    frames = {
        where: experience_frames.score_groups(data.experience_scores(where), name) for where in ("channel", "topic")
    }
    rows = [len(frame) for frame in frames.values() if len(frame)]
    left, right = st.columns([11, 9], gap="small")
    with left:
        _months(name, known[name], max(experience_charts.rows_high(*rows), 250))
    with right:
        for where, frame in frames.items():
            _groups(name, where, frame, (known[name], run))


def _shop_row(shop: pd.DataFrame, name: str) -> Record | None:
    kind, source = own.KINDS[name]
    found = shop[(shop["kind"] == kind) & (shop["source"] == source)].to_dict("records")
    return found[0] if found else None


def _months(name: str, row: Record, height: int) -> None:
    """One kind of answers by month of the answer."""
    kind, source = own.KINDS[name]
    months = data.experience_scores("month")
    months = months[(months["kind"] == kind) & (months["source"] == source)]
    frame = experience_frames.score_months(months, name)
    note = f"Per month of the answer with 95 % interval · n = {words.count(months['n'].tail(25).sum())} · " \
           f"{_response(row)}"  # fmt: skip
    with widgets.card(_moved(name, months), note, own.MEANS[name]):
        told = f"{name} per month with its interval"
        widgets.draw(experience_charts.months(frame, kind, told, height), "No month has an answer.")
        behind(frame, told)


def _moved(name: str, months: pd.DataFrame) -> str:
    """The finding of the chart: the newest month beside the same month of last year."""
    kind, _ = own.KINDS[name]
    row, before = own.newest(months, "value")
    if row is None:
        return f"{name}: no month is over yet"
    now = f"{name} was {own.score(kind, row['value'])} in {words.month(row['month'])}"
    if before is None:
        return now
    overlap = not (row["low"] > before["high"] or row["high"] < before["low"]) if _has_ends(row, before) else True
    way = "too few answers to tell it from" if overlap else "above" if row["value"] > before["value"] else "below"
    return f"{now}, {way} {own.score(kind, before['value'])} a year before"


def _has_ends(*rows: pd.Series) -> bool:
    return not any(words.is_missing(row[end]) for row in rows for end in ("low", "high"))


def _response(row: Record) -> str:
    if words.is_missing(row["response_rate"]):
        return "how many were asked is not known"
    return f"{words.percent(row['response_rate'])} of {words.count(row['asked'])} solved tickets were rated"


def _groups(name: str, dimension: str, frame: pd.DataFrame, whole: tuple[Record, Record]) -> None:
    """One kind of answers by touchpoint or topic beside that of the shop; nothing where none is known."""
    (kind, source), (shop, run) = own.KINDS[name], whole
    if frame.empty:
        return
    where = {"channel": "touchpoint", "topic": "topic"}[dimension]
    after = " · after the last order or ticket within 30 days" if source == "survey" else ""
    note = f"By {where}, {own.year(run)}{after} · dashed: the shop, {own.score(kind, shop['value'])}" + (
        f" · pale: fewer than {own.FEW} answers" if frame["is_few"].any() else "")  # fmt: skip
    with widgets.card(_worst(frame, where, float(shop["value"])), note):
        told = f"{name} by {where} with its interval"
        widgets.draw(experience_charts.groups(frame, kind, told, float(shop["value"])))
        behind(frame, told)


def _worst(frame: pd.DataFrame, where: str, shop: float) -> str:
    """The finding: who is clearly below the shop. The lowest upper end counts, so that a handful proves nothing."""
    enough = frame[frame["answers"] >= own.LEAST].sort_values("high")
    if enough.empty or words.is_missing(enough["high"].iloc[0]) or enough["high"].iloc[0] >= shop:
        return f"No {where} is clearly below the shop"
    worst = enough.iloc[0]
    return f"{worst['Group']} is rated below the shop: {worst['Shown as']} ({worst['95 % interval']})"
