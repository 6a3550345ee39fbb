"""What the shop sells: families of products in tiers, accessories, and pairs that people buy together."""

from dataclasses import dataclass

import numpy as np

from pipelines.sample import shop_words as words
from pipelines.sample.draws import Floats, Ints, Rng

NONE = -1
_ACCESSORY_EVERY = 4  # families per accessory


@dataclass
class Catalogue:
    """Products and families as arrays; a family's tiers are consecutive products."""

    names: list[str]
    category: Ints
    price: Ints  # cent, today's
    cost: Ints
    upgrade_of: Ints
    accessory_of: Ints
    companion: Ints  # per product: what goes into the same basket more often than chance
    family_first: Ints
    family_tiers: Ints
    family_key: Floats  # category number + cumulative share: one search finds a family in a category

    def choose(self, category: Ints, share: Floats, tier: Ints) -> Ints:
        """Return the product of the family at that share of the category's demand, in at most that tier."""
        family = np.minimum(np.searchsorted(self.family_key, category + share, side="right"), len(self.family_key) - 1)
        return np.asarray(self.family_first[family] + np.minimum(tier, self.family_tiers[family] - 1))


@dataclass(frozen=True)
class _Product:
    name: str
    category: int
    price: int
    margin: float
    upgrade_of: int = NONE
    accessory_of: int = NONE


def draw_catalogue(rng: Rng, customers: int) -> Catalogue:
    """Draw a range of about 400 products for 5,000 customers and 1,800 for a million."""
    families = int(min(150 + 0.9 * customers**0.5, 2600))
    popularity = np.array([category.popularity for category in words.CATEGORIES])
    counts = np.maximum(np.rint(families * popularity / popularity.sum()).astype(int), 4)
    products: list[_Product] = []
    rows: list[tuple[int, int, int, float]] = []  # category, first product, tiers, weight
    for number, count in enumerate(counts):
        for rank, title in enumerate(_titles(rng, number, int(count))):
            weight = 1.0 / (rank + 2) ** 0.8
            rows.append((number, len(products), *_add_family(rng, products, number, title), weight))
            if rank % _ACCESSORY_EVERY == 0:
                rows.append((number, len(products), 1, 0.35 * weight))
                products.append(_accessory(products[rows[-2][1]], rows[-2][1], title))
    return _assemble(rng, products, rows)


def _titles(rng: Rng, number: int, count: int) -> list[str]:
    """Return distinct names of families, plain ones first."""
    category = words.CATEGORIES[number]
    titles = [
        " ".join(filter(None, (maker, thing, colour)))
        for colour in words.COLOURS
        for maker, thing in rng.permutation([(m, t) for m in category.makers for t in category.things]).tolist()
    ]
    return titles[:count]


def _add_family(rng: Rng, products: list[_Product], number: int, title: str) -> tuple[int]:
    """Append a family's tiers, each dearer and naming the one below; return how many there are."""
    category = words.CATEGORIES[number]
    price = category.price * float(np.exp(0.6 * rng.standard_normal()))
    tiers = 1 + int(np.searchsorted([0.5, 0.8], rng.random()))
    for tier in range(tiers):
        name = " ".join(filter(None, (title, words.TIERS[tier])))
        cent = max(int(price * 1.6**tier) * 100 + 90, 190)  # prices end in 90 cent
        margin = float(np.clip(category.margin + 0.09 * rng.standard_normal() + 0.03 * tier, -0.05, 0.8))
        products.append(_Product(name, number, cent, margin, len(products) - 1 if tier else NONE))
    return (tiers,)


def _accessory(fits: _Product, position: int, title: str) -> _Product:
    name = f"{words.CATEGORIES[fits.category].accessory} for {title}"
    return _Product(name, fits.category, max(fits.price // 500 * 100 + 90, 290), 0.6, accessory_of=position)


def _assemble(rng: Rng, products: list[_Product], rows: list[tuple[int, int, int, float]]) -> Catalogue:
    """Turn the rows into arrays and give every product its companion."""
    category, first, tiers, weight = (np.array(column) for column in zip(*rows, strict=True))
    share = np.concatenate(
        [np.cumsum(weight[category == c]) / weight[category == c].sum() for c in np.unique(category)]
    )
    accessory_of = np.array([p.accessory_of for p in products], dtype=np.int64)
    price = np.array([p.price for p in products], dtype=np.int64)
    companion = first[rng.integers(0, len(first), len(products))]  # a pair across the shop …
    is_accessory = accessory_of != NONE
    companion[accessory_of[is_accessory]] = np.flatnonzero(is_accessory)  # … or the accessory that fits
    companion[is_accessory] = accessory_of[is_accessory]
    return Catalogue(
        names=[p.name for p in products],
        category=np.array([p.category for p in products], dtype=np.int64),
        price=price,
        cost=np.rint(price * (1.0 - np.array([p.margin for p in products]))).astype(np.int64),
        upgrade_of=np.array([p.upgrade_of for p in products], dtype=np.int64),
        accessory_of=accessory_of,
        companion=companion.astype(np.int64),
        family_first=first.astype(np.int64),
        family_tiers=tiers.astype(np.int64),
        family_key=category + share,
    )
