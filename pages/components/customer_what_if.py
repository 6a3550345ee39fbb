"""What if: inputs that the shop can change, moved within their usual range, and the risk the model then sees."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from models.wording import symbol_of
from pages.components import customer_words, data, widgets, words

Record = Mapping[str, Any]
MOST = 4  # inputs changed at once: more would describe nobody
WHOLE = ("count", "days", "hours")


def what_if(row: Record, run: Record) -> None:
    """Choose inputs, move them, see the risk; choice and values live in the address."""
    inputs = data.what_if_inputs()
    if inputs.empty or not row["is_scored"]:
        widgets.nothing_found(_why_not(row, run))
        return
    known = data.customer_inputs(row["customer_id"], run["as_of_date"], inputs["features_file"].iloc[0])
    if known is None or known.empty:
        widgets.nothing_found(
            "What the model knew of each customer was computed anew since. Run `python -m pipelines score`."
        )
        return
    values = known.iloc[0]
    with st.spinner("Asking the model …"):  # the first one on a server reads it
        offered = inputs.set_index("feature").loc[list(data.what_if_reach(known, inputs))]
    with st.container(border=True):
        left, right = st.columns([6, 5], gap="medium")
        with left:
            changed = _inputs(offered, values, run["currency"])
        with right:
            _answer(known, changed, offered, row, run)


def _why_not(row: Record, run: Record) -> str:
    """Why nothing can be tried."""
    if row["is_scored"] and run.get("model_version"):
        return customer_words.SCORE_AGAIN
    return "This customer has no churn risk, so there is none to try other inputs on."


def _inputs(offered: pd.DataFrame, values: pd.Series, currency: str) -> dict[str, float]:
    """The choice of inputs, those first that reach furthest, and a slider for each; returns those that were moved."""
    picked = st.multiselect(
        "What could be different", list(offered.index), default=list(offered.index)[:1], key="change",
        format_func=offered["label"].get, max_selections=MOST, bind="query-params",
        help="Facts of this customer that the shop can change and the model uses; those that could lower the risk most "
        "come first.",
    )  # fmt: skip
    moved = {}
    for name in picked:
        now = float(values[name])
        value = _slider(name, offered.loc[name], now, currency)
        if value is not None:
            moved[name] = value
    return moved


def _slider(name: str, about: pd.Series, now: float, currency: str) -> float | None:
    """One input between the 1st and 99th percentile, the customer's own value within; None while it is not moved."""
    scale = 100.0 if about["unit"] == "share" else 1.0
    low, high = min(about["low"], now) * scale, max(about["high"], now) * scale
    label = f"{about['label']}: now {customer_words.input_value(now, about['unit'], currency)}"
    whole = about["unit"] in WHOLE or scale == 100.0
    step = 1.0 if whole or high - low > 20 else 0.5
    start = round(now * scale / step) * step
    low, high = min(round(low), start), max(round(high), start)
    plain = "%.0f" if step == 1.0 else "%.1f"
    forms = {"share": "%.0f %%", "days": "%.0f d", "hours": "%.0f h", "money": f"{symbol_of(currency)} {plain}"}
    unit = forms.get(about["unit"], plain)
    if low == high:
        high = low + step
    value = st.slider(words.literal(label), float(low), float(high), float(start), step, format=unit,
                      key=f"if_{name}", bind="query-params")  # fmt: skip
    return None if value == start else value / scale


def _answer(known: pd.DataFrame, changed: dict[str, float], offered: pd.DataFrame, row: Record, run: Record) -> None:
    """The risk with the inputs as moved, beside the one they have."""
    if not changed:
        st.markdown(f"**The risk is {words.percent(row['churn_risk'])}**")
        st.caption("Move an input to see what the model would say of a customer like this one, but for that.")
        return
    found = data.what_if(known, changed)
    now, then = found.before, found.after
    st.markdown(f"**{words.literal(customer_words.what_if_title(now, then))}**")
    told = [
        f"{about['label']}: {customer_words.input_value(changed[name], about['unit'], run['currency'])} instead of "
        f"{customer_words.input_value(found.values[name], about['unit'], run['currency'])}"
        for name, about in ((name, offered.loc[name]) for name in changed)
    ]
    st.markdown(words.literal("; ".join(told)) + ".")
    less = (now - then) * (row["expected_value"] or 0)
    stake = f"{words.money(abs(less), run['currency'])} {'less' if less >= 0 else 'more'} at risk"
    st.markdown(f"{customer_words.points(then - now)}, {words.literal(stake)}.")
    st.caption(customer_words.ASSOCIATED)
