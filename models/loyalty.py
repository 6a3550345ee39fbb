"""What binds a group of customers to the shop: five kinds of loyalty, each 0 to 100, with the evidence it rests on.

A bond's score is the mean of the shares it is made of, times 100: of 100 customers (or orders) so many show it. Scores
are comparable between groups, not between kinds. What the data do not tell steps aside, named.
"""

from dataclasses import dataclass

import pandas as pd

MIN_ANSWERS = 10  # of fewer no share is told
SHOP = ""  # the group of all customers


@dataclass(frozen=True)
class Part:
    """One share a bond is made of: how it reads with `{share}` or `{nps}` and `{n}`, and which data bring it."""

    name: str
    bond: str
    words: str
    needs: str


PARTS = (
    Part("contract", "contractual", "{share} hold a running contract", "subscriptions"),
    Part("points", "economic", "{share} hold points or a tier", "loyalty points of customers"),
    Part("discount", "economic", "{share} of orders at a discount", "discounts of orders"),
    Part("store", "situational", "{share} of orders in a store", "orders of a channel store"),
    Part("on time", "situational", "{share} of parcels on time", "promised and delivered days of orders"),
    Part("accessory", "technical-functional", "{share} own an accessory", "products with accessories"),
    Part("app", "technical-functional", "{share} of orders by the app", "orders of a channel app"),
    Part("nps", "emotional", "NPS {nps} (n = {n})", "NPS surveys"),
    Part("voice", "emotional", "{share} wrote a review or brought somebody", "reviews and referrals in touchpoints"),
    Part("full price", "emotional", "{share} of orders at full price", "discounts of orders"),
)
BONDS = tuple(dict.fromkeys(part.bond for part in PARTS))


def profile(parts: pd.DataFrame, customers: pd.Series) -> pd.DataFrame:
    """One row per group and bond: score (None where nothing is known), evidence, n, and what is missing.

    `parts` has segment, part, hits, n; `customers` the size by group, the whole shop under an empty name.
    """
    rows_known = zip(parts["segment"], parts["part"], parts["hits"].astype(float), parts["n"].astype(int), strict=True)
    known = {(segment, part): (hits, n) for segment, part, hits, n in rows_known if n}
    shop = {part.name for part in PARTS if known.get((SHOP, part.name), (0, 0))[1] >= MIN_ANSWERS}
    rows = [_bond(segment, bond, int(size), known, shop) for segment, size in customers.items() for bond in BONDS]
    return pd.DataFrame(rows)


def _bond(segment: object, bond: str, customers: int, known: dict, shop: set[str]) -> dict[str, object]:
    """One bond of one group."""
    wanted = [part for part in PARTS if part.bond == bond]
    found = [part for part in wanted if known.get((segment, part.name), (0, 0))[1] >= MIN_ANSWERS]
    shares = [known[segment, part.name][0] / known[segment, part.name][1] for part in found]
    evidence = [_told(part, *known[segment, part.name]) for part in found]
    few = [part.needs for part in wanted if part not in found and part.name in shop]
    absent = [part.needs for part in wanted if part.name not in shop]
    missing = [f"fewer than {MIN_ANSWERS} cases of {need}" for need in few]
    missing += [f"the data have no {need}" for need in absent]
    return {
        "segment": segment,
        "bond": bond,
        "score": 100 * sum(shares) / len(shares) if shares else None,
        "customers": customers,
        "evidence": "; ".join(evidence),
        "missing": "; ".join(missing),
    }


def _told(part: Part, hits: float, n: int) -> str:
    """The evidence of one part in words."""
    share = hits / n
    nps = f"{round(200 * share - 100):+d}".replace("-", "−")
    return part.words.format(share=f"{100 * share:.0f} %", nps=nps, n=f"{n:,}")
