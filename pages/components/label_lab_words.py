"""Words, figures and frames of the label lab."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from pages.components import words

Cell = Mapping[str, Any]
WHO = {"active": "Active", "due": "Order due", "subscribed": "Contract runs"}
WHO_HELP = (
    "**Active**: ordered within {active_days} days.  \n**Order due**: ordered on two days or more, and the next order, "
    "by the customer's own mean distance between orders, is expected not earlier than {factor} horizons before today "
    "and not later than {factor} horizons after the horizon.  \n**Contract runs**: has a contract; churned is whose "
    "contract ended."
)
DEFINITION, MONTH, RATE, SHOWN, ELIGIBLE = "Definition", "Month", "Rate", "Shown as", "Eligible"
CHURN, TODAY, OUT, OPEN, AUC, LOSS, ALONE, PROMISED, EARNED, BEHIND = (
    "Churn rate", "Eligible today", "Left out", "Undecided", "ROC AUC", "Log loss", "Log loss, rate alone", "Promised",
    "Earned", "Behind the best",
)  # fmt: skip
COLUMN_HELP = {
    CHURN: "Share of eligible customers who churned within the horizon, over all months whose outcome is known. Of "
    "the same customers a longer horizon never finds more who ordered nothing.",
    TODAY: "Customers whom the definition looks at today.",
    OUT: "Of the customers who ordered within {active_days} days, those whom the definition does not judge: they get "
    "no risk.",
    OPEN: "Of everybody eligible in a month of the last year, those of whom nobody can say yet whether they churned: "
    "the horizon runs and no order came. The longer the horizon, the later a model learns.",
    AUC: "How often a customer who churned was ranked above one who did not: 0.5 is chance, 1 perfect. By the simple "
    "model, on later months than those it learned from.",
    LOSS: "How far the simple model's probabilities were off; lower is better. Two definitions cannot be compared by "
    "it: compare each with its own rate alone.",
    ALONE: "Log loss of who knows the churn rate and nothing else.",
    PROMISED: "Expected net of contacting everybody whose contact the definition's own risks say will pay, per 1,000 "
    "active customers and year, one contact each.",
    EARNED: "What the same contacts would have earned, judged by one yardstick for all definitions: lost is who "
    "ordered nothing for {yardstick} days.",
    BEHIND: "Difference from the definition that earned most, on the same customers drawn again: 95 % interval.",
}
BEST, TIE = "best", "no difference seen"


def names(cells: Sequence[Cell]) -> dict[str, str]:
    """Each definition's key with its name."""
    return {key(cell): name(cell) for cell in cells}


def key(cell: Cell) -> str:
    """A definition as it stands in the address: `active-90`."""
    return f"{cell['eligibility']}-{cell['horizon_days']}"


def name(cell: Cell) -> str:
    """A definition in a few words: `Active, 90 days`."""
    return f"{WHO[cell['eligibility']]}, {words.plural(cell['horizon_days'], 'day')}"


def told(cell: Cell, active_days: int) -> str:
    """A definition as a sentence."""
    horizon = words.plural(cell["horizon_days"], "day")
    if cell["eligibility"] == "subscribed":
        return f"Churned is whose contract ended within {horizon}, of those with a running contract."
    who = {
        "active": f"those who ordered within {words.plural(active_days, 'day')}",
        "due": "those whose next order is due",
    }
    return f"Churned is who placed no order within {horizon}, of {who[cell['eligibility']]}."


def figures(cells: Sequence[Cell], in_use: str, currency: str) -> pd.DataFrame:
    """One row per definition: figures as numbers, to be shown by `formats`, and money with its interval as text."""
    rows = {}
    for cell in cells:
        mark = " · chosen" if key(cell) == in_use else ""
        rows[f"{name(cell)}{mark}".replace(" ", words.GAP)] = _counts(cell) | _judged(cell) | _money(cell, currency)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(DEFINITION)


def formats(currency: str) -> dict[str, Callable[[Any], str]]:
    """How each column of numbers is shown."""
    shown = {CHURN: words.rate, TODAY: words.count, OUT: words.count, OPEN: words.percent}
    money = partial(words.money, currency=currency)
    return shown | dict.fromkeys((AUC, LOSS, ALONE), decimals) | dict.fromkeys((PROMISED, EARNED), money)


def _counts(cell: Cell) -> dict[str, float | None]:
    """Whom a definition judges."""
    return {CHURN: cell["churn_rate"], TODAY: cell["eligible"], OUT: cell["left_out"], OPEN: _share(cell)}


def _judged(cell: Cell) -> dict[str, float | None]:
    """How well churn by a definition can be told."""
    if not cell["accuracy"]:
        return dict.fromkeys((AUC, LOSS, ALONE))
    simple, alone = cell["accuracy"]["figures"]["simple"], cell["accuracy"]["figures"]["base_rate"]
    return {
        AUC: simple["roc_auc"]["value"], LOSS: simple["log_loss"]["value"], ALONE: alone["log_loss"]["value"],
    }  # fmt: skip


def _money(cell: Cell, currency: str) -> dict[str, Any]:
    """What contacts by a definition earn."""
    money = cell["earned"]
    if not money:
        return {PROMISED: None, EARNED: None, BEHIND: words.MISSING}
    behind = money["against_best"]
    low, high = (words.money(-behind[end], currency) for end in ("high", "low"))
    ranged = f"{words.money(-behind['value'], currency)} ({low} to {high})".replace(" ", words.GAP)
    return {
        PROMISED: money["expected"]["value"],
        EARNED: money["realised"]["value"],
        BEHIND: BEST if behind["value"] == 0 else TIE if is_tie(cell) else ranged,
    }


def strengths(table: pd.DataFrame) -> pd.DataFrame:
    """For each column with a heat how strong it is, 0 to 1 from the lowest to the highest definition."""
    frame = table[[CHURN, TODAY, OUT, OPEN, AUC, EARNED]].astype(float)
    return (frame - frame.min()) / (frame.max() - frame.min()).replace(0, float("nan"))


def _share(cell: Cell) -> float | None:
    """Of the last year's eligible those without an outcome yet."""
    return cell["undecided"] / cell["recent"] if cell["recent"] else None


def is_tie(cell: Cell) -> bool:
    """Whether nobody can say that the best definition earned more than this one."""
    return bool(cell["earned"]) and cell["earned"]["against_best"]["high"] >= 0


def verdict(cells: Sequence[Cell], in_use: str, currency: str) -> str:
    """What the money says about the chosen definition, in one sentence."""
    mine = next((cell for cell in cells if key(cell) == in_use), None)
    judged = [cell for cell in cells if cell["earned"]]
    if mine is None or not judged:
        return "Nobody can say yet which definition earns most: the orders do not reach back far enough."
    if not mine["earned"]:
        return "What contacts by contracts earn is not compared: orders do not tell who ended one."
    best = max(judged, key=lambda cell: cell["earned"]["realised"]["value"])
    if key(best) == in_use:
        return f"The chosen definition earned most: {name(mine)}."
    if is_tie(mine):
        return f"No definition earned more than the chosen one beyond its interval: {name(mine)}."
    more = mine["earned"]["against_best"]
    low, high = (words.money(-more[end], currency) for end in ("high", "low"))
    return (
        f"{name(best)} would have earned {words.money(-more['value'], currency)} more than the chosen definition, "
        f"per 1,000 customers and year ({low} to {high})."
    )


def how(lab: Mapping[str, Any], currency: str) -> str:
    """What the money rests on, for the question mark."""
    terms = lab["question"]["contact"]
    days = ", ".join(words.day(date.fromisoformat(day)) for day in lab["judging_days"])
    cost, incentive = (words.money(terms[name], currency) for name in ("cost", "incentive"))
    return (
        f"One contact costs {cost}, the incentive {incentive} for whoever takes it: "
        f"{words.percent(terms['acceptance'])} of those who would leave, who then stay, and "
        f"{words.percent(terms['redemption'])} of those who would have stayed anyway. This is assumed and stands in "
        "the section economics of the settings. What a customer is worth: the margin of the 12 months before. "
        f"Contacted is whom the definition's own risk makes worth it. Decided on {days}, from what was known then; "
        "every definition on the same days and customers. A longer horizon is closer to the yardstick."
    )


def promise(lab: Mapping[str, Any]) -> str:
    """Why the promise of a definition and what came of it differ."""
    yardstick = words.plural(lab["yardstick_days"], "day")
    return (
        "Promised takes everybody whom the definition calls churned for lost; earned counts as lost who ordered "
        f"nothing for {yardstick}. A promise far above what was earned: the definition calls customers lost who came "
        "back by themselves. Both per 1,000 active customers and year, one contact each."
    )


def scope(lab: Mapping[str, Any]) -> str:
    """What the figures rest on."""
    everybody = "all customers" if lab["share"] == 1 else f"a sample of {words.count(lab['customers'])} customers"
    judged = "" if lab["modelled"] >= lab["customers"] else f", models on {words.count(lab['modelled'])} of them"
    return f"Data up to {words.day(date.fromisoformat(lab['as_of']))}, counted on {everybody}{judged}"


def months(cells: Sequence[Cell], chosen: str, in_use: str) -> pd.DataFrame:
    """Churn rate per month of every definition that looks at the same customers as the chosen one."""
    who = chosen.split("-", maxsplit=1)[0]
    rows = [
        {
            DEFINITION: key(cell),
            "name": words.plural(cell["horizon_days"], "day") + (" · chosen" if key(cell) == in_use else ""),
            MONTH: pd.Timestamp(month["as_of_date"]),
            RATE: month["churned"] / month["eligible"],
            SHOWN: words.rate(month["churned"] / month["eligible"]),
            ELIGIBLE: words.count(month["eligible"]),
            "is_chosen": key(cell) == chosen,
        }
        for cell in cells
        if cell["eligibility"] == who
        for month in cell["months"]
        if month["eligible"]
    ]
    return pd.DataFrame(rows)


def months_title(cell: Cell) -> str:
    """The finding of the monthly lines."""
    rates = [month["churned"] / month["eligible"] for month in cell["months"] if month["eligible"]]
    if not rates:
        return f"{name(cell)}: no outcome is known yet"
    return f"{name(cell)}: {words.percent(min(rates))} to {words.percent(max(rates))} churned"


def cadences(lab: Mapping[str, Any]) -> pd.DataFrame:
    """Customers per band of ten days of their own cadence."""
    known = {band["from_days"]: band["customers"] for band in lab["cadences"]}
    days = range(0, 370, 10)
    return pd.DataFrame(
        {
            "from": list(days),
            "to": [day + 10 for day in days],
            "Customers": [known.get(day, 0) for day in days],
            "Every": [f"{day} to {day + 9} d" if day < 360 else "360 d or more" for day in days],
        }
    )


def cadence_title(bands: pd.DataFrame, horizon: int) -> str:
    """The finding of the histogram."""
    everybody = bands["Customers"].sum()
    if not everybody:
        return "Nobody has ordered on two days yet"
    within = bands.loc[bands["to"] <= horizon, "Customers"].sum() / everybody
    return f"{words.percent(within)} of repeat buyers usually reorder within {words.plural(horizon, 'day')}"


def decimals(value: float | None) -> str:
    """A figure without a unit: `0.802`."""
    return words.MISSING if words.is_missing(value) else f"{value:.3f}"
