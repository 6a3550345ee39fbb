"""A launched service initiative: how far it is, whom it still takes in, and once it may be read what it changed."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.components import data, result_words, widgets, words
from pages.components import initiative_decisions as doors
from pages.components import initiative_words as own
from pages.components.campaign_decisions import Campaign
from pages.components.result_figures import ACTION, DIFFERENCE, HIGH, LOW, TEXT, action_intervals
from pages.components.result_words import MEASURED, NO_CONTROL, OVER

Record = dict[str, Any]


def stated(found: list[Record]) -> list[Record]:
    """Campaigns with service initiatives as their own tables say they stand, not as a mail's horizon would."""
    told = data.initiative_results() if data.has_initiatives() else None
    return [_stated(one, told) if _is_service(one) else one for one in found]


def _is_service(one: Record) -> bool:
    return one["campaign"] is not None and one["campaign"].is_service


def _stated(one: Record, told: pd.DataFrame | None) -> Record:
    """The record of an initiative: figures of offers are none of its, and only its own table ends the waiting."""
    own_rows = told[told["campaign_id"] == one["campaign_id"]] if told is not None else pd.DataFrame()
    state = str(own_rows.iloc[0]["state"]) if len(own_rows) else ""
    waits = one["state"] in (MEASURED, OVER, NO_CONTROL)
    is_told = waits and state == MEASURED
    known = {"state": (MEASURED if is_told else OVER) if waits else one["state"], "rows": None}
    return one | known | {"service_rows": own_rows if is_told else None}


def heading(one: Record, currency: str) -> tuple[str, str]:
    """The finding, and what the state means."""
    told = result_words.state_told(one["state"], one["stop_on"])
    if one.get("service_rows") is None:
        return result_words.STATES[one["state"]], told
    n = f"n = {words.count(one['treated_n'])} treated, {words.count(one['control_n'])} served as usual"
    return own.finding(_first(one["service_rows"]), currency), f"{told} {n}."


def _first(rows: pd.DataFrame) -> Record | None:
    """The outcome that decides."""
    found = rows[rows["role"] == "primary"]
    return None if found.empty else dict(found.iloc[0])


def show(one: Record, run: Record) -> None:
    """Figures, or what is done differently and who may still come in."""
    if one.get("service_rows") is not None:
        _figures(one["service_rows"], run["currency"])
    campaign = one["campaign"]
    if doors.is_enrolling(campaign):
        _enrol(campaign)
    about = campaign.audience
    name, meaning = own.NAMES[about["outcome"]]
    st.markdown(f"**Done differently** {words.literal(about['treated'])}")
    st.markdown(f"**As usual for the others** {words.literal(about['usual'])}")
    narrowed = [words.label(value) for value in (*about.get("stages", ()), *about.get("segments", ()))]
    st.markdown(
        f"**Who** Customers {words.literal(own.TRIGGERS[about['trigger']])}"
        f"{', only ' + words.literal(', '.join(narrowed)) if narrowed else ''}; they come in until "
        f"{words.day(pd.Timestamp(about['enrol_until']))}."
    )
    st.markdown(f"**What decides** {words.literal(name)}", help=words.literal(meaning))
    st.markdown(f"**By** {words.literal(campaign.brief.get('with_whom', ''))}")


def _figures(rows: pd.DataFrame, currency: str) -> None:
    """Every outcome with both arms and the interval of their difference."""
    records = rows.to_dict("records")
    shown = pd.DataFrame(
        {
            "Outcome": [own.NAMES[row["outcome"]][0] for row in records],
            "Role": [own.ROLES[row["role"]] for row in records],
            "Treated": [own.amount(row["treated"], row["unit"], currency) for row in records],
            "As usual": [own.amount(row["control"], row["unit"], currency) for row in records],
            "Difference": [own.difference(row["difference"], row["unit"], currency) for row in records],
            "95 % interval": [own.interval(row, currency) for row in records],
            "n": [f"{words.count(row['treated_n'])} / {words.count(row['control_n'])}" for row in records],
            "Within": [words.days(row["window_days"]) for row in records],
        }
    )
    right = st.column_config.TextColumn(alignment="right")
    columns = dict.fromkeys(shown.columns[2:], right)
    columns["Outcome"] = st.column_config.TextColumn(
        help=" ".join(f"{name}: {text}" for name, text in own.NAMES.values())
    )
    st.dataframe(shown, hide_index=True, row_height=30, height="content", column_config=columns,
                 placeholder=words.MISSING, alt="Outcomes of the initiative")  # fmt: skip
    frame = intervals(rows, currency)
    told = "; ".join(f"{name}: {text}" for name, text in zip(frame[ACTION], frame[TEXT], strict=True))
    text = f"Treated minus as usual in points, with 95 % intervals. {told}"
    widgets.draw(action_intervals(frame, "Points, treated minus as usual"), "No share was told in both arms.", text)


def intervals(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The differences of shares with their intervals as one picture takes them; which way is better stands beside."""
    found = rows[(rows["unit"] == "share") & rows["difference"].notna()].to_dict("records")
    return pd.DataFrame(
        {
            ACTION: [own.which_way(row["outcome"]) for row in found],
            DIFFERENCE: [row["difference"] for row in found],
            LOW: [row["low"] for row in found],
            HIGH: [row["high"] for row in found],
            TEXT: [own.difference(row["difference"], row["unit"], currency) for row in found],
        }
    )


def _enrol(campaign: Campaign) -> None:
    """Whoever meets the rule since the last time may come in, drawn with the key of the launch."""
    chosen, _ = doors.audience(campaign.audience)
    with st.container(horizontal=True, vertical_alignment="center"):
        if chosen.empty:
            st.caption("Nobody new meets the rule by the newest scores.", width="content")
        elif st.button(f"Take in {words.plural(len(chosen), 'customer')}", key="enrol", type="primary",
                       help="Everybody who meets the rule by the newest scores and is not in it yet. Each is drawn by "
                            "the key of the launch; the command `enrol` does the same every night."):  # fmt: skip
            found = doors.enrol(campaign)
            if found is not None:
                st.toast(f"{words.count(found.treated)} treated, {words.count(found.control)} served as usual")
            st.rerun()


def checks(one: Record) -> None:
    """Sample ratio, and with the result the guardrails, in words."""
    found = data.initiative_checks() if data.has_initiatives() else pd.DataFrame(columns=["campaign_id"])
    rows = found[found["campaign_id"] == one["campaign_id"]]
    if one["state"] != MEASURED and len(rows):
        rows = rows[rows["check_name"] == "sample ratio"]
    with widgets.card("Can it be trusted?", "" if len(rows) else "Checked by the scores of a day after the launch",
                      own.GUARDRAIL_HELP):  # fmt: skip
        for check in rows.to_dict("records"):
            icon = ":material/check:" if check["is_ok"] else ":material/warning:"
            state = "in order" if check["is_ok"] else "look at this"
            st.markdown(f"{icon} **{own.CHECKS[check['check_name']]}**, {state}. {words.literal(check['words'])}")
