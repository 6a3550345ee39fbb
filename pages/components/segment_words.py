"""Words of the page of segments: tabs, order of groups, findings written from data, tiles."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from pages.components import words
from pages.components.sentences import has_model
from pages.components.tile import Tile

Record = Mapping[str, Any]
MAP, RFM, LIFE, WHO, MOVES, LOYALTY, EXPANSION, SAVED = TABS = (
    "Value and risk", "RFM groups", "Lifecycle", "Personas", "Movement", "Loyalty", "Expansion",
    "Saved segments",
)  # fmt: skip
TITLE = "Who are our customers, and who is slipping?"
NOT_YET = "No order yet"
# From the best customers to those who are gone: a move down this list is a step away from the shop.
RFM_ORDER = ("Champions", "Loyal", "Potential loyalist", "New", "Promising", "Need attention", "About to sleep",
             "At risk", "Cannot lose", "Hibernating", "Lost")  # fmt: skip
STAGE_ORDER = ("active", "won back", "activated", "new", "cooling", "at risk", "lapsed")
ORDERS = {"segment": RFM_ORDER, "lifecycle_stage": STAGE_ORDER}
DIMENSIONS = {"segment": "RFM groups", "lifecycle_stage": "Lifecycle stages"}
BANDS = ("low", "medium", "high", "very high")
OLD = "These scores were published before segments were. Run `python -m pipelines score`, then reload this page."
NO_MAP = "The map needs a churn risk and an expected value, and nobody has one yet."


def ordered(names: Sequence[str], dimension: str) -> list[str]:
    """Groups from best to gone, then the others as they came; who had no order yet comes first."""
    known = words.in_order(list(names), (NOT_YET, *ORDERS[dimension]))
    return list(dict.fromkeys(known))


def year_before(days: Sequence[date]) -> date | None:
    """Of days that can be compared, newest first, the one nearest to a year before the newest; None without any."""
    return min(days[1:], key=lambda day: abs((days[0] - day).days - 365), default=None)


def class_names(edges: Sequence[Record]) -> dict[int, str]:
    """The classes of expected value by rank, for links that outlive today's amounts."""
    last = len(edges)
    names = {1: "Lowest fifth", 2: "Second fifth", 3: "Third fifth", 4: "Fourth fifth"}
    found = {int(edge["value_class"]): names.get(int(edge["value_class"]), "") for edge in edges}
    return {place: "Top fifth" if place == last else name for place, name in found.items()}


def value_class(edge: Record, currency: str) -> str:
    """A class of expected value: `€ 200 to 270`, `from € 490`."""
    low = words.money(edge["value_from"], currency)
    if words.is_missing(edge["value_to"]):
        return f"from {low}"
    high = words.money(edge["value_to"], currency)
    return f"under {high}" if not edge["value_from"] else f"{low} to {high.split(words.GAP, 1)[1]}"


def map_title(cells: pd.DataFrame, currency: str, names: Mapping[int, str]) -> str:
    """The finding of the value × risk map: the square with most at risk."""
    if cells.empty:
        return "Nothing is at risk"
    top = cells.sort_values("value_at_risk", ascending=False).iloc[0]
    share = top["value_at_risk"] / cells["value_at_risk"].sum()
    who = words.plural(top["customers"], "customer")
    return (
        f"{words.percent(share)} of the value at risk lies with {who}: "
        f"expected value {names[int(top['value_class'])]}, {top['risk_band']} risk"
    )


def group_title(groups: pd.DataFrame, run: Record) -> str:
    """The finding of a table of groups: who holds most value at risk, beside their share of customers."""
    amount, what = ("value_at_risk", "the value at risk") if has_model(run) else ("revenue_12m", "12 months’ revenue")
    total = groups[amount].sum()
    if not total:
        return "No group has revenue in the last 12 months"
    top = groups.sort_values(amount, ascending=False).iloc[0]
    share, size = top[amount] / total, top["customers"] / groups["customers"].sum()
    return (
        f"“{words.label(top['group_name'])}” are {words.percent(size)} of customers and hold {words.percent(share)} "
        f"of {what}"
    )


def knew_most(before: pd.DataFrame) -> bool:
    """Whether at least half of the customers of today had ordered by the day before: else its shares say little."""
    known = before.loc[before["from_group"] != NOT_YET, "customers"].sum()
    return bool(known >= before["customers"].sum() / 2)


def life_title(groups: pd.DataFrame, before: pd.DataFrame, day: Any) -> str:
    """The finding of the lifecycle: how the share of lapsed customers moved."""
    size = groups["customers"].sum()
    lapsed = groups.loc[groups["group_name"] == "lapsed", "customers"].sum() / size if size else 0
    then = before[before["from_group"] != NOT_YET]
    total = then["customers"].sum()
    if not total:
        return f"{words.percent(lapsed)} of all customers have lapsed"
    was = then.loc[then["from_group"] == "lapsed", "customers"].sum() / total
    way = "as many as" if abs(lapsed - was) < 0.005 else f"{words.percent(was)}"
    return f"{words.percent(lapsed)} of all customers have lapsed; {way} on {words.day(day)}"


def move_title(moves: pd.DataFrame, dimension: str) -> str:
    """The finding of the movement: how many slid to a group further from the shop, and the widest way down."""
    stepped = with_steps(moves, dimension)
    down, up = stepped[stepped["step"] > 0], stepped[stepped["step"] < 0]
    if stepped.empty or not (len(down) or len(up)):
        return "Nobody changed the group between these days"
    fell, rose = down["customers"].sum(), up["customers"].sum()
    lead = f"{words.plural(fell, 'customer')} slid, {words.count(rose)} rose"
    if down.empty:
        return lead
    top = down.sort_values("customers", ascending=False).iloc[0]
    return (
        f"{lead}; the widest way down is {words.label(top['from_group'])} → {words.label(top['to_group'])} "
        f"({words.count(top['customers'])})"
    )


def with_steps(moves: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Moves between known groups with `step`: positive is further from the shop, 0 the same group."""
    place = {name: at for at, name in enumerate(ORDERS[dimension])}
    known = moves[moves["from_group"].isin(place.keys()) & moves["to_group"].isin(place.keys())].copy()
    known["step"] = known["to_group"].map(place) - known["from_group"].map(place)
    return known


def loyalty_title(profile: pd.DataFrame) -> str:
    """The finding of the loyalty profile: the bond in which groups differ most."""
    is_whole = profile["score"].notna() & ~profile["missing"].str.contains("fewer")
    groups = profile[(profile["segment"] != "") & is_whole]
    if groups.empty:
        return "The data do not tell yet what binds customers"
    spread = groups.groupby("bond")["score"].agg(lambda scores: scores.max() - scores.min())
    bond = spread.idxmax()
    rows = groups[groups["bond"] == bond].sort_values("score")
    best, worst = rows.iloc[-1], rows.iloc[0]
    return (
        f"Groups differ most in the {bond} bond: {words.label(best['segment'])} {best['score']:.0f}, "
        f"{words.label(worst['segment'])} {worst['score']:.0f}"
    )


def persona_title(found: pd.DataFrame, state: Record, names: Mapping[str, str]) -> str:
    """The finding of the personas: who holds most of what is at risk."""
    if found.empty:
        return "There are no personas"
    top = found.iloc[0]
    share = top["value_at_risk"] / found["value_at_risk"].sum() if found["value_at_risk"].sum() else 0
    who = names.get(top["persona_id"], top["name"])
    return f"Of {len(found)} personas “{who}” hold {words.percent(share)} of the value at risk"


def tiles(summary: Record, everybody: Record, run: Record, held_out: int) -> list[Tile]:
    """The five figures of the chosen customers beside the whole shop."""
    scope = f"n = {words.count(summary['customers'])}, as of {words.day(run['as_of_date'])}."
    kept = f"{words.count(held_out)} held out as control" if held_out else "nobody held out as control"
    first = Tile(
        "Customers chosen",
        words.count(summary["customers"]),
        "Customers who match what is chosen above, those looked at (held-out ones counted); the worklist leaves "
        f"held-out ones away. {scope}",
        note=f"of {words.count(everybody['customers'])}; {kept}",
    )
    money = _money if has_model(run) else _bought
    return [first, *money(summary, everybody, run, scope), _contact(summary, scope)]


def _money(summary: Record, everybody: Record, run: Record, scope: str) -> list[Tile]:
    currency = run["currency"]
    return [
        Tile(
            "Value at risk",
            words.money_tile(summary["value_at_risk"], currency),
            f"Sum of churn risk × expected value, in {currency}. {scope}",
            note=f"{words.percent(_share(summary, everybody, 'value_at_risk'))} of all that is at risk",
        ),
        Tile(
            "Churn risk",
            words.percent(summary["mean_risk"]),
            f"Mean churn risk: share expected to {words.churn(run['eligibility'])['many_leave']} in "
            f"{run['horizon_days']} days. {scope}",
            note=f"{words.percent(everybody['mean_risk'])} in the whole shop",
        ),
        Tile(
            "Expected net",
            words.money_tile(summary["expected_net"], currency),
            f"What the suggested actions are expected to earn after their cost, in {currency}. Acceptance is assumed "
            f"until it is measured. {scope}",
            note=f"{words.plural(summary['suggested'], 'suggested action')}",
        ),
    ]


def _bought(summary: Record, everybody: Record, run: Record, scope: str) -> list[Tile]:
    currency, share = run["currency"], _share(summary, everybody, "revenue_12m")
    each = summary["revenue_12m"] / summary["customers"] if summary["customers"] else None
    return [
        Tile(
            "Revenue, 12 months",
            words.money_tile(summary["revenue_12m"], currency),
            f"Order revenue of the last 12 months, in {currency}. {scope}",
            note=f"{words.percent(share)} of all revenue",
        ),
        Tile(
            "Revenue per customer",
            words.money_tile(each, currency),
            f"Order revenue of the last 12 months per customer, in {currency}. {scope}",
            note="no churn risk yet",
        ),
        Tile(
            "With an open ticket",
            words.count(summary["ticketed"]),
            f"Customers who wait for an answer: serve them before any offer. {scope}",
        ),
    ]


def _contact(summary: Record, scope: str) -> Tile:
    known = summary["contactable"] + summary["mute"] > 0
    return Tile(
        "May be contacted",
        words.count(summary["contactable"]) if known else words.MISSING,
        f"Customers with consent for at least one channel that still holds. {scope}",
        note=f"{words.count(summary['mute'])} without any consent" if known else "no consents in the data",
    )


def _share(summary: Record, everybody: Record, amount: str) -> float | None:
    return summary[amount] / everybody[amount] if everybody[amount] else None
