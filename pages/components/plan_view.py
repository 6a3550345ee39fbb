"""The plan's parts: limits to move, figures, what more would earn, and its three lists. State lives in the URL."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from models.plan import Limits
from models.wording import symbol_of
from pages.components import (
    access,
    campaign_audience,
    campaign_parts,
    data,
    plan_figures,
    plan_lists,
    plan_words,
    widgets,
    words,
)
from pages.components.plan_words import BUDGET, HOURS
from pages.components.segment_view import behind

Record = dict[str, Any]
STEPS = {BUDGET: 100, HOURS: 1}
CAP_STEP = 50
FIRST_OF_LIMITS, FIRST_OF_REASONS, FIGURE = 170, 212, 82  # widths of columns


def show(run: Record) -> None:
    """The whole part: with the limits of the settings the published plan, under others one made anew."""
    if not data.has_plan():
        not_yet()
        return
    published = data.plan_limits(None)
    tiles_place = st.container()
    with st.container(border=True, key="plan_limits"):
        limits, note = chosen_limits(published, run), st.empty()
    with note, st.spinner("Planning anew; the figures are those of the last plan until it is there …"):
        summary = data.plan_summary(limits)
    with note.container(horizontal=True, vertical_alignment="center"):
        st.caption(told(limits))
        st.space("stretch")
        if st.button("Make a campaign of this plan", key="to_campaign", disabled=not summary["contacted"]):
            campaign_parts.go(
                campaign_parts.NEW, draft=campaign_parts.FRESH,
                **{f"{campaign_parts.FRESH}:limits": campaign_audience.definition_of(limits)},
            )  # fmt: skip
    allowed = data.plan_limits(limits)
    with tiles_place:
        widgets.tiles(plan_figures.tiles(summary, allowed, run))
    earned, more = st.columns(2, gap="small")
    with earned:
        by_action(data.plan_actions(limits), plan_words.nobody(allowed, data.totals()["has_consents"]), run)
    with more:
        by_limit(allowed, data.plan_displaced_by(limits), run)
        left_alone(data.left_alone_reasons(limits), run)
    opened = plan_lists.show(limits, run)
    if opened:
        st.switch_page(access.page("customer"), query_params={"customer_id": opened})


def not_yet() -> None:
    """A warehouse of an older version, which holds no plan."""
    widgets.nothing_found(
        "These scores were published before plans were. Run `python -m pipelines score` to add the plan, then reload."
    )


def chosen_limits(published: Sequence[Record], run: Record) -> Limits | None:
    """One control per limit; None while all stand where the settings put them."""
    settings = {row["limit_name"]: _whole(row["allowed"]) for row in published}
    channels = data.plan_channels()
    places = st.columns([1.1, 1.0, *[1.0] * len(channels), 0.9], gap="small", vertical_alignment="bottom")
    values = {}
    for place, name in zip(places, (BUDGET, HOURS, *channels), strict=False):
        label = {BUDGET: f"Budget, {symbol_of(run['currency'])}", HOURS: "Agent hours"}.get(name)
        with place:
            values[name] = _control(name, label or f"{plan_words.channel(name, True)} contacts", settings.get(name))
    with places[-1]:
        st.button("Reset limits", type="tertiary", on_click=_reset, args=(settings, channels), width="stretch")
    if all(values[name] == settings.get(name) for name in values):
        return None
    caps = {name: float(cap) for name, cap in values.items() if name not in (BUDGET, HOURS) and cap is not None}
    return Limits(_or_none(values[BUDGET]), _or_none(values[HOURS]), caps)


def _control(name: str, label: str, value: float | None) -> float | None:
    """A number to type or step through; empty means no limit."""
    step = type(value)(STEPS.get(name, CAP_STEP)) if value is not None else STEPS.get(name, CAP_STEP)
    about = "The most this plan may use." + ("" if value is not None else " Empty: no limit.")
    return st.number_input(
        label, min_value=type(step)(0), value=value, step=step, key=f"limit_{name}", placeholder="no limit",
        bind="query-params", on_change=plan_lists.first_page, help=about,
    )  # fmt: skip


def _whole(value: float) -> float:
    """A limit as an integer where it is one, so that no decimals are shown."""
    return int(value) if float(value).is_integer() else value


def _or_none(value: float | None) -> float:
    return float("inf") if value is None else float(value)


def _reset(settings: dict[str, float], channels: Sequence[str]) -> None:
    """Put every limit back to what the settings say."""
    st.session_state.update({f"limit_{name}": settings.get(name) for name in (BUDGET, HOURS, *channels)})
    plan_lists.first_page()


def told(limits: Limits | None) -> str:
    """Whose limits these are."""
    if limits is None:
        return "The plan that was published with the scores, under the limits of the settings. Change one to plan anew."
    return "A plan of your own, under the limits above. The link in your browser's address bar shares it."


def by_action(actions: pd.DataFrame, otherwise: str, run: Record) -> None:
    """What each action earns, as bars; `otherwise` is said of a plan without any."""
    note = f"Expected net and customers by action · {words.day(run['as_of_date'])}"
    with widgets.card(plan_words.actions_title(actions, run["currency"]), note):
        frame = plan_figures.action_frame(actions, run["currency"])
        widgets.draw(plan_figures.action_bars(frame), otherwise, "Expected net and customers by action")
        if len(frame):
            behind(plan_figures.told(frame, run["currency"]), "Expected net and customers by action")


def by_limit(limits: Sequence[Record], displaced: pd.DataFrame, run: Record) -> None:
    """What more of each limit would earn, and whom it displaced."""
    currency = run["currency"]
    note = "Planned again with one limit raised, and who got a cheaper action or none because of it"
    with widgets.card(plan_words.limits_title(limits, currency), note):
        shown = limit_rows(limits, displaced, currency)
        if shown.empty:
            st.caption("No limit is set: every action that pays is in the plan.")
        else:
            _table(shown, FIRST_OF_LIMITS, "Limits of the plan")


def _table(shown: pd.DataFrame, first: int, alt: str) -> None:
    """A small table: words on the left, figures of one width on the right."""
    columns = {
        name: st.column_config.TextColumn(
            width=first if place == 0 else FIGURE,
            alignment="left" if place == 0 else "right",
            help=plan_words.HEADS.get(name),
        )
        for place, name in enumerate(shown.columns)
    }
    st.dataframe(
        shown,
        hide_index=True,
        row_height=30,
        height="content",
        placeholder=words.MISSING,
        column_config=columns,
        alt=alt,
    )


def limit_rows(limits: Sequence[Record], displaced: pd.DataFrame, currency: str) -> pd.DataFrame:
    """One row per limit in people's words."""
    gone = displaced.set_index("limit_name")
    rows = []
    for row in limits:
        name = row["limit_name"]
        whom = gone.loc[name] if name in gone.index else {"customers": 0, "net_given_up": 0.0}
        rows.append(
            {
                "More of it": plan_words.step(row, currency),
                "would earn": plan_words.gain(row, currency),
                "Used": plan_words.of_limit(name, row["used"], currency),
                "Displaced": words.count(whom["customers"]),
                "Net given up": words.money(whom["net_given_up"], currency),
            }
        )
    return pd.DataFrame(rows)


def left_alone(reasons: pd.DataFrame, run: Record) -> None:
    """Who is left alone and why, counted and priced."""
    note = f"By reason, with what the best action would have cost, lost or earned · {words.day(run['as_of_date'])}"
    with widgets.card(plan_words.left_alone_title(reasons, run["currency"]), note):
        if reasons.empty:
            return
        _table(reason_rows(reasons, run["currency"]), FIRST_OF_REASONS, "Reasons for leaving alone")


def reason_rows(reasons: pd.DataFrame, currency: str) -> pd.DataFrame:
    """One row per reason and rule in people's words."""
    money = {"Cost avoided": "cost_avoided", "Loss avoided": "loss_avoided", "Net forgone": "net_forgone"}
    found = pd.DataFrame(
        {
            "Why": list(map(plan_words.why, reasons["reason"], reasons["rule"])),
            "Customers": reasons["customers"].map(words.count),
        }
    )
    for label, column in money.items():
        found[label] = reasons[column].map(lambda amount: words.money(amount, currency))
    return found
