"""Charts of the overview about groups: cohorts, the steps to a third order, movement between segments."""

import altair as alt
import pandas as pd

from pages.components import words
from pages.components.segment_words import NOT_YET, RFM_ORDER
from pages.components.theme import AMBER, BLUE, STRONGEST, dressed, hues
from pages.components.theme import TEXT as INK

COHORT, SINCE, SHARE, CUSTOMERS, STATE = "First order", "Months since", "Ordered again", "Customers", "State"
STEP, BEFORE, HALF = "Step", "Period before", "Half of them within"
GROUP, NOW, THEN, CHANGE = "Segment", "Now", "Before", "Change"
ORDINALS = {1: "First order", 2: "Second", 3: "Third"}
STRENGTH = [0.04, STRONGEST]  # words in the text's colour keep their contrast on it, in light and dark


def cohort_frame(cohorts: pd.DataFrame, shown: int = 12) -> pd.DataFrame:
    """One row per cohort of the last year and month since, but for the first: the share who ordered in it."""
    found = cohorts[(cohorts["months_since"] > 0) & ~cohorts["is_running"].astype(bool)]
    found = found[found["months_since"] < shown].sort_values(["cohort", "months_since"])
    newest = sorted(found["cohort"].unique())[-shown:]
    found = found[found["cohort"].isin(newest)]
    return pd.DataFrame(
        {
            COHORT: [f"{cohort:%b %y}" for cohort in found["cohort"]],
            SINCE: found["months_since"].astype(int),
            CUSTOMERS: found["customers"].map(words.count),
            SHARE: found["retained_share"].map(words.percent),
            "share": found["retained_share"],
            "short": [f"{share * 100:.0f}" for share in found["retained_share"]],
        }
    ).reset_index(drop=True)


def cohort_map(frame: pd.DataFrame, height: int = 138) -> alt.LayerChart | None:
    """Who first ordered in a month (down), and the share of them who ordered in each month since (right)."""
    if frame.empty:
        return None
    x = alt.X(f"{SINCE}:O", title=None,
              axis=alt.Axis(labelAngle=0, domain=False, labelPadding=2))  # fmt: skip
    axis = alt.Axis(domain=False, labelFontSize=10, labelPadding=4, labelOverlap=False)
    y = alt.Y(f"{COHORT}:O", sort=None, title=None, axis=axis)
    strength = alt.FillOpacity("share:Q", scale=alt.Scale(domain=[0, float(frame["share"].max())], range=STRENGTH),
                               legend=None)  # fmt: skip
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=[COHORT, SINCE, SHARE, CUSTOMERS])
    layers = [base.mark_rect(cornerRadius=1).encode(fillOpacity=strength),
              base.mark_text(fontSize=9.5).encode(text="short:N")]  # fmt: skip
    first, last = frame.iloc[0], frame.iloc[-1]
    told = f"Share of each month's first buyers who ordered in the months since, {first[COHORT]} to {last[COHORT]}"
    return dressed(alt.layer(*layers).properties(description=told), height)


def step_frame(steps: pd.DataFrame) -> pd.DataFrame:
    """One row per step of the newest period, beside the share in the period before."""
    if steps.empty:
        return pd.DataFrame(columns=[STEP, CUSTOMERS, SHARE, BEFORE, HALF, "share", "before"])
    latest = steps[steps["period"] == "latest"].sort_values("step")
    before = steps[steps["period"] == "before"].set_index("step")["share_of_first"]
    then = latest["step"].map(before)
    return pd.DataFrame(
        {
            STEP: latest["step"].map(ORDINALS),
            CUSTOMERS: latest["customers"].map(words.count),
            SHARE: latest["share_of_first"].map(words.percent),
            BEFORE: then.map(words.percent),
            HALF: latest["median_days"].map(words.days),
            "told": [f"{words.percent(share)} · {words.count(n)}" for share, n in
                     zip(latest["share_of_first"], latest["customers"], strict=True)],
            "share": latest["share_of_first"],
            "before": then,
        }
    ).reset_index(drop=True)  # fmt: skip


def step_bars(frame: pd.DataFrame, height: int = 138) -> alt.LayerChart | None:
    """First, second, third order as shares of the first; a tick marks the period before."""
    if frame.empty:
        return None
    y = alt.Y(f"{STEP}:N", sort=None, title=None, axis=alt.Axis(domain=False, labelOpacity=1))
    scale = alt.Scale(domain=[0, 1], nice=False)
    base = alt.Chart(frame).encode(y=y, tooltip=[STEP, CUSTOMERS, SHARE, BEFORE, HALF])
    layers = [
        base.mark_bar(height={"band": 0.5}, cornerRadiusEnd=2, opacity=0.85).encode(
            x=alt.X("share:Q", axis=None, scale=scale)),
        base.transform_filter("isValid(datum.before) && datum.share < 1")
        .mark_tick(color=INK, thickness=2.5, height={"band": 0.72}).encode(x=alt.X("before:Q", axis=None)),
        base.mark_text(align="left", dy=alt.ExprRef("-bandwidth('y') / 2 + 5"), fontWeight=600).encode(
            x=alt.datum(0), text="told:N"),
    ]  # fmt: skip
    told = "; ".join(f"{step} {share}" for step, share in zip(frame[STEP], frame[SHARE], strict=True))
    return dressed(alt.layer(*layers).properties(description=f"Of first-time buyers: {told}"), height)


def movement_frame(moves: pd.DataFrame) -> pd.DataFrame:
    """One row per segment: customers now and on the earlier day, from the best segment to those gone."""
    if moves.empty:
        return pd.DataFrame(columns=[GROUP, NOW, THEN, CHANGE, "change", "tone", "told"])
    now = moves.groupby("to_group")["customers"].sum()
    then = moves[moves["from_group"] != NOT_YET].groupby("from_group")["customers"].sum()
    groups = words.in_order(list(now.index.union(then.index)), RFM_ORDER)
    now, then = now.reindex(groups).fillna(0).astype(int), then.reindex(groups).fillna(0).astype(int)
    change = now - then
    signed = [f"{'+' if step > 0 else '−' if step < 0 else '±'}{words.count(abs(step))}" for step in change]
    return pd.DataFrame(
        {
            GROUP: [words.label(name) for name in groups],
            NOW: now.map(words.count).to_numpy(),
            THEN: then.map(words.count).to_numpy(),
            CHANGE: signed,
            "change": change.to_numpy(),
            "tone": ["grew" if step > 0 else "shrank" for step in change],
            "told": [f"{step} · {words.count(n)}" for step, n in zip(signed, now, strict=True)],
        }
    )


def movement_bars(frame: pd.DataFrame, height: int = 138) -> alt.LayerChart | None:
    """By how many customers each segment grew or shrank; beside it how many it has now."""
    if frame.empty:
        return None
    low, high = min(int(frame["change"].min()), 0), max(int(frame["change"].max()), 1)
    span = high - low
    y = alt.Y(f"{GROUP}:N", sort=None, title=None,
              axis=alt.Axis(domain=False, labelOpacity=1, labelFontSize=10, labelLimit=110, offset=2))  # fmt: skip
    scale = alt.Scale(domain=[low - span * 0.03, high + span * 0.6], nice=False)
    base = alt.Chart(frame.assign(end=frame["change"].clip(lower=0))).encode(y=y, tooltip=[GROUP, NOW, THEN, CHANGE])
    layers = [
        alt.Chart(pd.DataFrame({"at": [0]})).mark_rule(color=INK, opacity=0.4).encode(x=alt.X("at:Q", axis=None)),
        base.mark_bar(height={"band": 0.66}).encode(
            x=alt.X("change:Q", axis=None, scale=scale), color=hues("tone", {"grew": BLUE, "shrank": AMBER})),
        base.mark_text(align="left", dx=5, fontSize=10.5).encode(x=alt.X("end:Q", axis=None), text="told:N"),
    ]  # fmt: skip
    told = "; ".join(f"{group} {change}" for group, change in zip(frame[GROUP], frame[CHANGE], strict=True))
    return dressed(alt.layer(*layers).properties(description=f"Customers by segment, change: {told}"), height)
