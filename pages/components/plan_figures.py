"""The figures of a plan as tiles, and its bars."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from pages.components import plan_words, words
from pages.components.plan_words import BUDGET, HOURS
from pages.components.theme import dressed
from pages.components.tile import Tile

Record = Mapping[str, Any]
ACTION, NET, CUSTOMERS, SHOWN = "Action", "Expected net", "Customers", "Shown as"
MOST_BARS = 12


def tiles(summary: Record, limits: Sequence[Record], run: Record) -> list[Tile]:
    """Customers contacted, expected net, budget, agent hours, and how good the plan is proved to be."""
    currency, as_of = run["currency"], f"As of {words.day(run['as_of_date'])}."
    scope = f"n = {words.count(summary['scored'])} scored. {as_of}"
    used = {row["limit_name"]: row for row in limits}
    hours = summary["agent_minutes"] / 60
    each = summary["expected_net"] / summary["contacted"] if summary["contacted"] else None
    return [
        Tile(
            "Customers contacted", words.count(summary["contacted"]),
            f"Customers who get an action under these limits, at most one each. {scope}",
            note=f"{words.count(summary['left_alone'])} left alone",
        ),
        Tile(
            "Expected net", words.money_tile(summary["expected_net"], currency),
            "What the chosen actions are expected to earn after their cost, summed, in "
            f"{currency}. Rests on the acceptance of each action: assumed until measured. {scope}",
            note=f"{words.money(each, currency)} per contact" if each is not None else "no action pays",
        ),
        _used("Budget used", BUDGET, summary["cost"], used,
              f"Expected cost of the contacts and of the incentives taken, in {currency}. {as_of}", currency),
        _used("Agent hours used", HOURS, hours, used,
              f"Time of agents that the planned contacts take, in hours. {as_of}", currency),
        Tile(
            "Below the best possible", plan_words.gap(summary["gap"]),
            "By how much a better plan could at most be better, as a share of the best possible. 0 %: none is better. "
            f"{scope}",
            note="no plan earns more" if summary["method"] == "exact"
            else f"{words.money(max(summary['bound'] - summary['expected_net'], 0), currency)} at most",
        ),
    ]  # fmt: skip


def _used(label: str, name: str, used: float, limits: Mapping[str, Record], help_text: str, currency: str) -> Tile:
    """One limit: how much of it the plan uses."""
    shown = plan_words.of_limit(name, used, currency)
    if name not in limits:
        return Tile(label, shown, help_text, note="no limit")
    allowed = limits[name]["allowed"]
    share = words.percent(min(used / allowed, 1.0)) if allowed else words.MISSING
    return Tile(label, shown, help_text, note=f"{share} of {plan_words.of_limit(name, allowed, currency)}")


def action_frame(actions: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Expected net per action in people's words, most first."""
    frame = pd.DataFrame(
        {
            ACTION: actions["title"].fillna(actions["action"]),
            NET: actions["expected_net"].round(2),
            CUSTOMERS: actions["customers"],
            "Cost": actions["cost"].map(lambda cost: words.money(cost, currency)),
            "Agent time": (actions["agent_minutes"] / 60).map(words.hours),
            "By": actions["channel"].map(lambda channel: plan_words.channel(channel, True)),
        }
    )
    frame[SHOWN] = [
        f"{words.money_tile(net, currency)} · {words.count(n)}"
        for net, n in zip(frame[NET], frame[CUSTOMERS], strict=True)
    ]
    return frame.head(MOST_BARS)


def told(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The bars as a table."""
    return frame.drop(columns=SHOWN).assign(**{NET: frame[NET].map(lambda net: words.money(net, currency))})


def action_bars(frame: pd.DataFrame, row: int = 36) -> alt.LayerChart | None:
    """Zero-based bars of expected net per action, each labelled with its net and number of customers; None if none."""
    if frame.empty:
        return None
    y = alt.Y(f"{ACTION}:N", sort=None, title=None, axis=alt.Axis(labelLimit=190, labelOpacity=1))
    top = float(frame[NET].max() or 1)
    x = alt.X(f"{NET}:Q", title=None, axis=None, scale=alt.Scale(domain=[0, top * 1.4]))
    tip = [alt.Tooltip(ACTION), alt.Tooltip(SHOWN, title="Expected net · customers"), "Cost", "Agent time", "By"]
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tip)
    layers = [base.mark_bar(height={"band": 0.68}, cornerRadiusEnd=2),
              base.mark_text(align="left", dx=5).encode(text=SHOWN)]  # fmt: skip
    return dressed(alt.layer(*layers), max(row * len(frame), 3 * row))
