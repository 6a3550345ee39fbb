"""Words and tables of a comparison of two versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from pages.components import version_words as own
from pages.components import words
from pages.components.trained import Comparison

Record = Mapping[str, Any]
RULES = {"value_at_risk": "value at risk", "expected_net": "expected net"}
LIST_HELP = (
    "The first customers of today’s list by either version. Expected: what contacting them is expected to earn, with "
    "the mean of both versions’ risks and values, so that neither judges in its own favour. Seen: the lists of an "
    "older day, with who in fact left since, and the 95 % interval of the difference. What a contact costs and brings "
    "stands in the settings under economics."
)


def not_yet(first: str, second: str) -> str:
    """What a comparison would show, before there is one."""
    return (
        f"Versions {first} and {second} were not compared yet. Press Compare, or run python -m pipelines compare "
        f"{first} {second}: it shows who would be contacted by one and not by the other, and what that means in money."
    )


def made(found: Comparison, is_stale: bool) -> str:
    """When a comparison was made, and whether it still holds."""
    told = f"Compared {own.when(datetime.fromisoformat(found.made_at))} UTC"
    return f"{told}; data or economics have changed since, compare anew." if is_stale else f"{told}."


def changed(row: Record) -> str:
    """How many of a list change."""
    if not row["changed"]:
        return f"The list by {RULES[row['rule']]} stays the same"
    return f"{words.count(row['changed'])} of the first {words.count(row['size'])} by {RULES[row['rule']]} change"


def list_note(row: Record, found: Comparison) -> str:
    """Scope of a list."""
    share = words.percent(row["changed"] / max(row["size"], 1))
    return f"{words.count(found.customers)} customers, {words.day(pd.Timestamp(found.as_of))} · {share} of the list"


def money_table(row: Record, realised: Record | None, found: Comparison, currency: str) -> pd.DataFrame:
    """Money of both lists: expected today, and seen where the outcome is known."""
    day = words.day(pd.Timestamp(found.as_of))
    lines = [
        _line(
            f"Expected, list of {day}", row, own.money_signed(row["second"] - row["first"], currency), currency, found
        )
    ]
    if realised:
        told = f"{own.money_signed(realised['value'], currency)} ({own.ends('empc', realised, currency)})"
        then = words.day(pd.Timestamp(found.test_date))
        lines.append(_line(f"Seen, list of {then}", realised, told, currency, found))
    return pd.DataFrame(lines)


def _line(name: str, row: Record, difference: str, currency: str, found: Comparison) -> dict[str, str]:
    return {
        "Contacting them earns": name,
        f"Version {found.first}": words.money(row["first"], currency),
        f"Version {found.second}": words.money(row["second"], currency),
        "Difference": difference,
    }


def moves_frame(row: Record) -> pd.DataFrame:
    """Who join and leave a list, by group, the largest movement first in each dimension."""
    moves = row["moves"]
    frame = pd.DataFrame(
        {
            "By": [move["dimension"] for move in moves],
            "Group": [move["group"] for move in moves],
            "Join": [move["joins"] for move in moves],
            "Leave": [move["leaves"] for move in moves],
        }
    )
    balance = frame["Join"] - frame["Leave"]
    return frame.assign(Balance=[f"{many:+,}".replace("-", "−") if many else "±0" for many in balance])


def figures_title(found: Comparison) -> str:
    """Which of two versions predicts better, if that is told."""
    row = next(one for one in found.figures if one["metric"] == "log_loss")
    better = own.is_better(row)
    if better is None:
        return f"Version {found.second} is not told apart from version {found.first}"
    return f"Version {found.second} predicts {'better' if better else 'worse'} than version {found.first}"


def _better(row: Record, found: Comparison) -> str:
    """Which version is better by a metric, as far as it is told."""
    if row["metric"] == "calibration_gap":
        return f"version {found.first if abs(row['first']) < abs(row['second']) else found.second}"
    judged = own.is_better(row, row["metric"])
    return "not told apart" if judged is None else f"version {found.second if judged else found.first}"


def figures_frame(found: Comparison, currency: str) -> pd.DataFrame:
    """One row per metric with both figures and the paired difference."""

    def level(metric: str, value: float) -> str:
        return words.money(value, currency) if metric == "empc" else own.figure(metric, value)

    return pd.DataFrame(
        [
            {
                "Figure": own.METRICS[row["metric"]][0],
                f"Version {found.first}": level(row["metric"], row["first"]),
                f"Version {found.second}": level(row["metric"], row["second"]),
                "Difference": own.signed(row["metric"], row["value"], currency),
                "95 % interval": own.ends(row["metric"], row, currency),
                "Better": _better(row, found),
                "What it says": own.METRICS[row["metric"]][1],
            }
            for row in found.figures
        ]
    )
