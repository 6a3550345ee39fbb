"""Campaigns as rows and figures: one list of those launched here and those of the shop's own log."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from pages.components import result_words, words
from pages.components.campaign_decisions import Campaign
from pages.components.result_words import ALL, CALLED_OFF, MEASURED, NO_CONTROL, OVER, RUNNING, SHOP
from pages.components.theme import dressed
from pages.components.tile import Tile

Record = dict[str, Any]
ACTION, DIFFERENCE, LOW, HIGH, TEXT = "Action", "Difference", "From", "To", "Shown as"


def overall(results: pd.DataFrame) -> pd.DataFrame:
    """The rows that stand for a whole campaign."""
    return results[(results["action"] == "") & (results["campaign_id"] != "")]


def campaigns(
    known: Sequence[Campaign], results: pd.DataFrame, today: date, drawn: Mapping[str, Mapping[str, int]]
) -> list[Record]:
    """One record per launched campaign, newest first: key, name, source, state, days, arms and its overall rows.

    `drawn` counts the arms of campaigns launched here by their id.
    """
    told = dict(list(overall(results).groupby(["source", "campaign_id"])))
    here = [
        _here(one, told.get(("workflow", one.campaign_id)), today) | _arms(drawn.get(one.campaign_id, {}))
        for one in known
        if one.status != "draft"
    ]
    shop = [_shop(campaign_id, rows) for (source, campaign_id), rows in told.items() if source == SHOP]
    return sorted([*here, *shop], key=lambda one: (str(one["started_on"]), one["key"]), reverse=True)


def together(results: pd.DataFrame) -> list[Record]:
    """All campaigns that may be read as one record of the same form; none where none may."""
    rows = results[(results["campaign_id"] == "") & (results["action"] == "")]
    if rows.empty or rows.iloc[0]["state"] != MEASURED:
        return []
    first = rows.iloc[0]
    return [
        {"key": ALL, "name": "All campaigns together", "source": ALL, "state": MEASURED, "campaign": None,
         "campaign_id": "", "started_on": first["started_on"], "stop_on": first["stop_on"], "rows": rows,
         "treated_n": first["treated_n"], "control_n": first["control_n"]}
    ]  # fmt: skip


def _here(one: Campaign, rows: pd.DataFrame | None, today: date) -> Record:
    """A campaign that was launched here; its state says nothing that its stop date does not allow."""
    measured = rows.iloc[0]["state"] if rows is not None else None
    if one.is_called_off:
        state = CALLED_OFF
    elif one.stop_on is not None and today <= one.stop_on:
        state = RUNNING
    else:
        state = measured if measured in (MEASURED, NO_CONTROL) else NO_CONTROL if one.control_share == 0 else OVER
    return {
        "key": one.campaign_id, "campaign_id": one.campaign_id, "name": one.name, "source": "workflow", "state": state,
        "campaign": one,
        "started_on": one.launched_at.date() if one.launched_at else None, "stop_on": one.stop_on,
        "rows": rows if state == MEASURED else None,
    }  # fmt: skip


def _arms(drawn: Mapping[str, int]) -> Record:
    return {"treated_n": drawn.get("treated"), "control_n": drawn.get("control", 0) if drawn else None}


def _shop(campaign_id: str, rows: pd.DataFrame) -> Record:
    """A campaign of the shop's own contact log."""
    first = rows.iloc[0]
    return {
        "key": f"{SHOP}/{campaign_id}", "campaign_id": campaign_id, "name": str(first["name"]), "source": SHOP,
        "state": str(first["state"]), "campaign": None, "started_on": first["started_on"], "stop_on": first["stop_on"],
        "rows": rows if first["state"] == MEASURED else None,
        "treated_n": first["treated_n"], "control_n": first["control_n"],
    }  # fmt: skip


def metric(rows: pd.DataFrame | None, name: str) -> Record | None:
    """The row of one metric of a campaign; None where it was not measured."""
    found = rows[rows["metric"] == name] if rows is not None else None
    return None if found is None or found.empty else dict(found.iloc[0])


def listed(found: Sequence[Record], currency: str) -> pd.DataFrame:
    """The campaigns as a table in people's words."""
    rows = []
    for one in found:
        kept, net = metric(one["rows"], "retention"), metric(one["rows"], "net")
        rows.append(
            {
                "Campaign": one["name"],
                "Source": result_words.SOURCES[one["source"]],
                "State": result_words.STATES[one["state"]],
                "From": words.day(one["started_on"]),
                "Until": words.day(one["stop_on"]),
                "Contacted": words.count(one["treated_n"]),
                "Held out": words.count(one["control_n"]),
                "Retention": result_words.difference(kept["difference"], "share", currency) if kept else words.MISSING,
                "95 % interval": result_words.interval(kept, currency) if kept else words.MISSING,
                "Net": result_words.total(net, currency) if net else words.MISSING,
            }
        )
    return pd.DataFrame(rows)


def tiles(found: Sequence[Record], results: pd.DataFrame, run: Mapping[str, Any]) -> list[Tile]:
    """Campaigns running and measured, and over all that may be read: retention, margin and net."""
    scope, currency = f"As of {words.day(run['as_of_date'])}.", run["currency"]
    states = [one["state"] for one in found]
    everything = results[(results["action"] == "") & (results["campaign_id"] == "")]
    kept, margin, net = (metric(everything, name) for name in ("retention", "margin", "net"))
    n = f"n = {words.count(kept['treated_n'])} contacted, {words.count(kept['control_n'])} held out. " if kept else ""
    told = f"Over all campaigns that may be read, treated minus control. {n}{scope}"
    return [
        Tile("Running", words.count(states.count(RUNNING)),
             f"Campaigns whose stop date is not over. Nothing of them is shown yet. {scope}",
             note=f"{words.count(states.count(OVER))} wait for a result"),
        Tile("Measured", words.count(states.count(MEASURED)),
             f"Campaigns with a control group that is over. {scope}", note=f"of {words.count(len(found))} in all"),
        Tile("Retention", _told(kept, result_words.difference(kept["difference"], "share", currency) if kept else None),
             f"Difference in the share of customers who order within the horizon. {told}",
             note=result_words.interval(kept, currency) if kept else "not measured yet"),
        Tile("Margin kept", _told(margin, result_words.total(margin, currency) if margin else None),
             f"Difference in margin per customer times customers contacted, in {currency}. {told}",
             note=_interval_of_total(margin, currency)),
        Tile("Net of it", _told(net, result_words.total(net, currency) if net else None),
             f"The same after what the contacts cost, in {currency}. {told}", note=_interval_of_total(net, currency)),
    ]  # fmt: skip


def _told(row: Record | None, shown: str | None) -> str:
    return shown if row is not None and shown else words.MISSING


def _interval_of_total(row: Record | None, currency: str) -> str:
    """The interval of a sum over everybody contacted."""
    if row is None or words.is_missing(row["low"]):
        return "not measured yet"
    ends = {**row, "low": row["low"] * row["treated_n"], "high": row["high"] * row["treated_n"]}
    return result_words.interval(ends, currency)


def metric_rows(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """One row per metric of a measured campaign, or per metric of one of its actions, in people's words."""
    order = list(result_words.METRICS)
    rows = rows[rows["metric"].isin(order)].sort_values("metric", key=lambda names: names.map(order.index))
    records = rows.to_dict("records")
    return pd.DataFrame(
        {
            "Per customer": [result_words.METRICS[row["metric"]][0] for row in records],
            "Contacted": [result_words.amount(row["treated"], row["unit"], currency) for row in records],
            "Held out": [result_words.amount(row["control"], row["unit"], currency) for row in records],
            "Difference": [result_words.difference(row["difference"], row["unit"], currency) for row in records],
            "95 % interval": [result_words.interval(row, currency) for row in records],
            "In all": [result_words.total(row, currency) if row["metric"] not in ("csat",) else words.MISSING
                       for row in records],
        }
    )  # fmt: skip


def action_frame(rows: pd.DataFrame, titles: Mapping[str, str], currency: str) -> pd.DataFrame:
    """The difference in retention per action with its interval, in people's words."""
    found = rows[(rows["metric"] == "retention") & rows["difference"].notna()].sort_values(
        "difference", ascending=False
    )
    records = found.to_dict("records")
    return pd.DataFrame(
        {
            ACTION: [titles.get(row["action"], row["action"]) or "All actions" for row in records],
            DIFFERENCE: [row["difference"] for row in records],
            LOW: [row["low"] for row in records],
            HIGH: [row["high"] for row in records],
            TEXT: [
                f"{result_words.difference(row['difference'], 'share', currency)}, n = "
                f"{words.count(row['treated_n'] + row['control_n'])}"
                for row in records
            ],
        }
    )


def action_intervals(frame: pd.DataFrame, title: str = "Points of retention") -> alt.LayerChart | None:
    """Difference of shares per action or outcome, the interval drawn, nothing at zero; None without any."""
    if frame.empty:
        return None
    percent = "datum.value ? format(datum.value * 100, '+.0f') : '0'"
    x = alt.X(f"{LOW}:Q", title=title, axis=alt.Axis(labelExpr=percent, tickCount=5))
    y = alt.Y(f"{ACTION}:N", sort=None, title=None, axis=alt.Axis(labelLimit=190, labelOpacity=1))
    base = alt.Chart(frame).encode(y=y, tooltip=[ACTION, TEXT])
    zero = alt.Chart(pd.DataFrame({LOW: [0.0]})).mark_rule(strokeDash=[4, 3], opacity=0.7).encode(x=x)
    layers = [
        zero,
        base.mark_bar(height=3, opacity=0.55).encode(x=x, x2=HIGH),
        base.mark_point(filled=True, size=60, opacity=1).encode(x=alt.X(f"{DIFFERENCE}:Q", title=title)),
        base.mark_text(align="left", dy=-11, dx=-2).encode(x=alt.X(f"{DIFFERENCE}:Q"), text=TEXT),
    ]
    return dressed(alt.layer(*layers), 40 + 38 * len(frame))
