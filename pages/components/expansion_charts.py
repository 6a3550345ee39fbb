"""Charts of expansion: what each group could buy by kind, and the way from everybody to the advocates."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from pages.components import expansion_words as own
from pages.components import words
from pages.components.segment_charts import CHOSEN, CUSTOMERS, GROUP, NARROW, SHOWN, heads, squares
from pages.components.segment_words import ordered
from pages.components.theme import BLUE, GREY, dressed, hues

KIND, MARGIN, SALES, EACH, SURE = "Kind", "Expected margin", "Expected sales", "Margin per sale", "95 % interval"
STEP, SHARE = "Rule", "Share of those before"


def potential_frame(
    potential: pd.DataFrame, names: Mapping[str, str], chosen: tuple[list[str], list[str]], currency: str
) -> pd.DataFrame:
    """Every group and kind in people's words; `chosen` are groups and kinds that are framed."""
    groups, kinds = chosen
    money = potential["expected_margin"]
    is_chosen = potential["group_name"].isin(groups) | (not groups)
    is_chosen &= potential["kind"].isin(kinds) | (not kinds)
    return pd.DataFrame(
        {
            GROUP: potential["group_name"].map(lambda name: names.get(name) or words.label(name)),
            KIND: potential["kind"].map(own.KINDS),
            CUSTOMERS: potential["customers"],
            SALES: potential["expected_sales"].map(_sales),
            EACH: [words.money(amount, currency) for amount in potential["margin_per_sale"]],
            MARGIN: [words.money(amount, currency) for amount in money],
            SURE: [
                words.MISSING
                if words.is_missing(low)
                else f"{words.money(low, currency)} to {words.money(high, currency)}"
                for low, high in zip(potential["low"], potential["high"], strict=True)
            ],
            SHOWN: [words.MISSING if words.is_missing(one) else words.money_tile(one, currency) for one in money],
            "people": potential["customers"].map(words.count),
            "share": (money / max(float(money.max() or 0), 1e-9)).fillna(0),
            CHOSEN: is_chosen & (bool(groups) or bool(kinds)),
            "group_name": potential["group_name"],
            "kind": potential["kind"],
        }
    )


def _sales(expected: float) -> str:
    return f"{expected:.1f}" if expected < 9.95 else words.count(expected)


def _range(low: float, high: float, currency: str) -> str:
    return words.MISSING if words.is_missing(low) else f"{words.money(low, currency)} to {words.money(high, currency)}"


def _names() -> alt.Axis:
    """Names of groups, as long as the screen allows."""
    return alt.Axis(domain=False, labelLimit=alt.ExprRef(f"{NARROW} ? 110 : 220"))


def potential_map(frame: pd.DataFrame, dimension: str) -> alt.LayerChart:
    """Groups down, kinds across: the stronger the colour, the more margin is expected."""
    names = dict(zip(frame["group_name"], frame[GROUP], strict=True))
    known = ordered(list(names), dimension) if dimension in ("segment", "lifecycle_stage") else list(names)
    x = alt.X(f"{KIND}:N", sort=list(own.KINDS.values()), title=None, axis=heads())
    y = alt.Y(f"{GROUP}:N", sort=[names[one] for one in known], title=None, axis=_names())
    pick = alt.selection_point(name="square", fields=["group_name", "kind"], on="click")
    tip = [GROUP, KIND, alt.Tooltip(CUSTOMERS, format=","), SALES, EACH, MARGIN, SURE]
    told = f"{NARROW} ? datum['{SHOWN}'] : datum['{SHOWN}'] + '  ·  ' + datum.people"
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tip)
    text = base.transform_calculate(told=told).mark_text(fontSize=11.5, cursor="pointer").encode(text="told:N")
    return dressed(alt.layer(squares(base, "share").add_params(pick), text), 42 + 24 * max(len(names), 4))


def step_frame(steps: pd.DataFrame) -> pd.DataFrame:
    """The rule of advocates step by step: customers who meet all so far."""
    before = steps["customers"].shift().fillna(steps["customers"])
    share = steps["customers"] / before.where(before > 0)
    return pd.DataFrame(
        {
            STEP: steps["step"].map(own.STEPS),
            CUSTOMERS: steps["customers"],
            SHARE: share.map(words.percent),
            SHOWN: steps["customers"].map(words.count),
            "tone": ["asked" if step == "may be asked" else "step" for step in steps["step"]],
        }
    )


def step_bars(frame: pd.DataFrame, height: int = 138) -> alt.LayerChart:
    """Bars that get shorter from part to part of the rule; the first, everybody looked at, is said in words alone."""
    shown = frame.iloc[1:]
    top = float(shown[CUSTOMERS].max() or 1)
    y = alt.Y(f"{STEP}:N", sort=None, title=None, axis=alt.Axis(domain=False, labelLimit=170))
    x = alt.X(f"{CUSTOMERS}:Q", axis=None, scale=alt.Scale(domain=[0, top * 1.2]))
    base = alt.Chart(shown).encode(x=x, y=y, tooltip=[STEP, alt.Tooltip(CUSTOMERS, format=","), SHARE])
    bars = base.mark_bar(height={"band": 0.66}, cornerRadiusEnd=2).encode(
        color=hues("tone", {"asked": BLUE, "step": GREY})
    )
    return dressed(alt.layer(bars, base.mark_text(align="left", dx=5).encode(text=f"{SHOWN}:N")), height)
