"""Words of what could be sold beyond what customers have, and of those who would recommend the shop."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pages.components import words

Record = Mapping[str, Any]
# Kinds of recommendation by their names in the warehouse, and how every page calls them.
KINDS = {"up-sell": "Better model", "accessory": "Accessory", "cross-sell": "Bought along", "replenishment": "Restock"}
OPPORTUNITIES = {**KINDS, "advocate": "Advocates"}
MORE = ("up-sell", "accessory", "cross-sell")  # beyond what the customer has; a restock is the same again
HELP = {
    "Better model": "The next model up from one they bought. It brings what it earns beyond that model.",
    "Accessory": "Fits something they bought.",
    "Bought along": "What customers with the same things also bought, beyond chance.",
    "Restock": "The usual time between two purchases is over, theirs or the product’s. The same again: not in the sum.",
}
DIMENSIONS = {"segment": "RFM groups", "lifecycle_stage": "Lifecycle stages", "persona": "Personas", "bond": "Bonds"}
CONTROLS = {"segment": "rfm", "lifecycle_stage": "life", "persona": "who"}
OLD = "These scores were published before expansion was. Run `python -m pipelines score`, then reload this page."
NOBODY = "Nothing can be recommended to anybody who is looked at."
STEPS = {
    "looked at": "Looked at",
    "answered": "Answered NPS, 12 months",
    "satisfied": "Said 9 or 10, content since",
    "loyal": "Champions",
    "not at risk": "Low or medium risk",
    "served": "No open ticket",
    "may be asked": "May be asked today",
}
RULE = (
    "An advocate answered the recommendation question within 12 months with 9 or 10 and gave no one or two stars "
    "since, is a champion by recency, frequency and money, is at low or medium churn risk, and waits for no answer. "
    "Asked today is whom consent and contact rules allow. Advocates are asked, never given a discount."
)
NOTE = "That is what they are expected to buy by themselves; what an offer adds to it only a control group can tell."


def sum_of(potential: pd.DataFrame) -> tuple[float, float, float]:
    """Expected margin of cross- and up-sell with the interval of the rates: middle, low, high."""
    more = potential[potential["kind"].isin(MORE)]
    return float(more["expected_margin"].sum()), float(more["low"].sum()), float(more["high"].sum())


def title(shop: pd.DataFrame, potential: pd.DataFrame, names: Mapping[str, str], run: Record) -> str:
    """The finding: what cross- and up-sell is expected to bring, and which group holds most of it."""
    total = sum_of(shop)[0]
    if shop["expected_margin"].isna().all():
        return f"{words.plural(shop['customers'].max(), 'customer')} could be offered something fitting"
    if not total:
        return "Cross- and up-sell is expected to bring nothing"
    lead = f"Cross- and up-sell: {words.money(total, run['currency'])} of margin in {run['horizon_days']} days"
    more = potential[potential["kind"].isin(MORE)].groupby("group_name")["expected_margin"].sum()
    if more.empty:
        return lead
    top = str(more.idxmax())
    return f"{lead}; “{names.get(top) or words.label(top)}” hold {words.percent(more.max() / total)}"


def scope(shop: pd.DataFrame, run: Record, is_clickable: bool) -> str:
    """What the squares show, of how many, as of when."""
    _, low, high = sum_of(shop)
    sure = f" (95 % {words.money(low, run['currency'])} to {words.money(high, run['currency'])})" if high else ""
    size = words.count(shop["group_customers"].max() if len(shop) else 0)
    click = " · click a square to choose its customers" if is_clickable else ""
    return (
        f"Expected margin of the best product per customer and kind{sure}, and customers · n = {size} looked at, "
        f"{words.day(run['as_of_date'])}{click}"
    )


def measured(rates: pd.DataFrame) -> str:
    """How often recommendations were bought before, in one sentence with n."""
    known = rates.dropna(subset=["taken"]).set_index("kind")
    if known.empty:
        return ""
    first = known.iloc[0]
    of = "who ordered" if first["basis"] == "ordered" else "looked at"
    parts = [
        f"{words.percent(known.loc[kind, 'taken'])} {name.lower()}"
        for kind, name in KINDS.items()
        if kind in known.index
    ]
    return (
        f"Measured: of customers {of} from {words.day(first['measured_from'])} to {words.day(first['measured_until'])} "
        f"so many bought what would have been recommended: {', '.join(parts)}. {NOTE}"
    )


def advocate_title(found: Record) -> str:
    """The finding about advocates."""
    if not found.get("advocates"):
        return "Nobody is an advocate by the whole rule"
    asked = f"{words.count(found['may_be_asked'])} of them" if found["may_be_asked"] else "none"
    return f"{words.plural(found['advocates'], 'advocate')}, {asked} may be asked today"


def advocate_note(found: Record, rules: Mapping[str, str]) -> str:
    """Who of the advocates waits and why, and how many brought somebody before."""
    waits = [
        f"{words.count(n)} {'no action of this kind fits' if rule == 'no action' else rules.get(rule, rule)}"
        for rule, n in found.get("waits", {}).items()
    ]
    parts = [
        f"{words.count(found['brought'])} of them brought somebody before." if found.get("brought") else "",
        f"Not today: {', '.join(waits)}." if waits else "",
    ]
    return " ".join(filter(None, parts))


def offers_title(actions: pd.DataFrame, run: Record) -> str:
    """The finding about what may be offered today."""
    if actions.empty or not actions["paying"].sum():
        return "No offer may go out today that earns anything"
    top = actions.sort_values("expected_net", ascending=False).iloc[0]
    return (
        f"{top['title']}: {words.plural(top['paying'], 'customer')} today, "
        f"{words.money(top['expected_net'], run['currency'])} expected net"
    )
