"""Recommendations: planted companions on top, nothing owned, nothing from the future, words that fit the data."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from models.recommend import DEMAND_WEIGHT, HALF_LIFE_DAYS, Evidence, evidence, top_products
from pipelines import publish
from pipelines.recommend import recommend_into
from pipelines.sample.catalogue import draw_catalogue
from pipelines.sample.streams import CATALOGUE, stream
from pipelines.warehouse import set_variables
from tests.conftest import CUSTOMERS

AS_OF = date(2026, 3, 1)
NAMES = ("product_id", "pair_product_id")
TABLES = ("orders", "order_lines", "products")
Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def shop(shared_home: Path) -> Frames:
    """Orders, lines and products of the sample shop."""
    with publish.open_current(shared_home, "source") as con:
        return {name: con.execute(f"select * from {name}").df() for name in TABLES}


def recommended(tables: Frames, as_of: date = AS_OF) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Recommendations and pairs of a shop on a day, and what is missing."""
    with duckdb.connect(config={"threads": 2}) as con:
        con.execute("set timezone = 'UTC'")
        for name, frame in tables.items():
            con.register("given", frame)
            con.execute(f"create table {name} as select * from given")
        set_variables(con, as_of_date=as_of)
        missing = recommend_into(con)
        found, pairs = (
            con.execute(f"select * from {name} order by all").df()
            for name in ("customer_recommendations", "product_pairs")
        )
        return found, pairs, missing


@pytest.fixture(scope="module")
def found(shop: Frames) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    return recommended(shop)


def bought_before(shop: Frames, as_of: date = AS_OF) -> pd.DataFrame:
    """Lines with their order's customer and day, of orders that count before the day."""
    lines = shop["order_lines"].merge(shop["orders"][["order_id", "customer_id", "ordered_at", "status"]])
    return lines[(lines["ordered_at"] < pd.Timestamp(as_of)) & (lines["status"] != "cancelled")]


def test_planted_companions_come_out_on_top(shop: Frames, shared_home: Path) -> None:
    catalogue = draw_catalogue(stream(1, CATALOGUE), CUSTOMERS)
    assert catalogue.names == shop["products"].sort_values("product_id")["name"].tolist()
    ids = np.array([f"P{number + 1:05d}" for number in range(len(catalogue.names))])
    planted = {frozenset(pair) for pair in zip(ids, ids[catalogue.companion], strict=True)}
    with publish.open_current(shared_home, "warehouse") as con:
        pairs = con.execute("select * from product_pairs where customers_together >= 8").df()
    is_planted = np.array([frozenset(pair) in planted for pair in zip(*(pairs[name] for name in NAMES), strict=True)])
    known, others = pairs[is_planted], pairs[~is_planted]
    assert len(known) > 200
    assert known.groupby("product_id")["rank"].min().eq(1).mean() > 0.9
    assert known["together_lift"].median() > 2 * others["together_lift"].median()


def test_nobody_is_offered_what_they_have_but_to_replenish_it(shop: Frames, found: tuple) -> None:
    offers, _, missing = found
    owned = bought_before(shop)[["customer_id", "product_id"]].drop_duplicates()
    merged = offers.merge(owned, how="left", indicator=True)
    assert missing == ""
    assert ((merged["_merge"] == "both") == (merged["kind"] == "replenishment")).all()
    assert set(offers["kind"]) == {"cross-sell", "up-sell", "accessory", "replenishment"}
    assert set(offers["customer_id"]) == set(owned["customer_id"])


def test_at_most_five_different_products_in_dense_ranks(found: tuple) -> None:
    offers = found[0]
    assert not offers.duplicated(["customer_id", "product_id"]).any()
    assert (offers.groupby("customer_id").cumcount() + 1 == offers["rank"]).all()
    assert offers["rank"].max() == 5
    assert offers[["kind", "product_name", "evidence", "score"]].notna().all(axis=None)


def test_pairs_are_counted_as_they_are_told(shop: Frames, found: tuple) -> None:
    bought = bought_before(shop).assign(day=lambda lines: lines["ordered_at"].dt.normalize())
    buyers = bought.groupby("product_id")["customer_id"].agg(set)
    days = bought.groupby(["product_id", "customer_id"])["day"].agg(set)
    for pair in found[1].iloc[::97].itertuples():
        one, other = pair.product_id, pair.pair_product_id
        both = buyers[one] & buyers[other]
        assert (len(both), bought["customer_id"].nunique()) == (pair.support, pair.n)
        assert pair.lift == pytest.approx(pair.support * pair.n / len(buyers[one]) / len(buyers[other]))
        together = sum(not days[one, customer].isdisjoint(days[other, customer]) for customer in both)
        assert pair.customers_together == (together if together >= 5 else 0)


def test_nothing_from_the_future_counts(shop: Frames, found: tuple) -> None:
    rng = np.random.default_rng(3)
    orders, lines = shop["orders"].copy(), shop["order_lines"]
    ahead = orders["ordered_at"] >= pd.Timestamp(AS_OF)
    to_come = lines["order_id"].isin(orders.loc[ahead, "order_id"])
    orders.loc[ahead, "customer_id"] = rng.permutation(orders.loc[ahead, "customer_id"])
    orders.loc[ahead, "status"] = rng.choice(["completed", "cancelled"], ahead.sum())
    future = lines[to_come].sample(frac=0.7, random_state=1).assign(quantity=99.0)
    future.loc[future.index[::2], "product_id"] = "A-new-product"
    later = pd.concat([lines[~to_come], future.drop_duplicates(["order_id", "product_id"])], ignore_index=True)
    later["returned_at"], later["returned_quantity"] = pd.Timestamp("2026-05-01"), 1.0
    again = recommended({"orders": orders, "order_lines": later, "products": shop["products"]})
    for before, after in zip(found[:2], again[:2], strict=True):
        pd.testing.assert_frame_equal(before, after)


def test_steps_aside_without_lines_and_without_products(shop: Frames) -> None:
    offers, pairs, missing = recommended({"orders": shop["orders"]})
    assert (len(offers), len(pairs)) == (0, 0)
    assert "order_lines" in missing
    plain, _, told = recommended({name: shop[name] for name in ("orders", "order_lines")})
    assert set(plain["kind"]) == {"cross-sell", "replenishment"}
    assert (plain["product_name"] == plain["product_id"]).all()
    assert "products" in told
    empty = recommended(shop, date(2020, 1, 1))[0]
    assert list(empty.columns) == list(offers.columns) == list(plain.columns)
    assert len(empty) == 0


def small_shop() -> Iterator[tuple[str, str, str]]:
    """Customer, product and day: one drinks coffee by the month, one has a small pot, one the large, thirty buy tea."""
    yield from (("drinker", "coffee", day) for day in ("2026-01-01", "2026-01-31", "2026-03-02"))
    yield from (("cook", "pot", "2026-03-05"), ("chef", "pot", "2026-01-05"), ("chef", "pot XL", "2026-02-05"))
    for number in range(30):
        yield from ((f"tea {number}", "tea", day) for day in ("2026-01-10", "2026-02-13"))


def test_every_kind_tells_its_evidence() -> None:
    rows = pd.DataFrame(small_shop(), columns=["customer_id", "product_id", "ordered_at"])
    rows["ordered_at"] = pd.to_datetime(rows["ordered_at"])
    rows["order_id"] = rows.index.astype(str)
    products = pd.DataFrame(
        [
            ("coffee", "Coffee", None, None),
            ("tea", "Tea", None, None),
            ("pot", "Pot", None, None),
            ("pot L", "Large Pot", "pot", None),
            ("pot XL", "Largest Pot", "pot L", None),
            ("lid", "Lid", None, "pot"),
        ],
        columns=["product_id", "name", "upgrade_of", "accessory_of"],
    )
    tables = {
        "orders": rows[["order_id", "customer_id", "ordered_at"]].assign(status="completed"),
        "order_lines": rows[["order_id", "product_id"]].assign(quantity=1.0),
        "products": products,
    }
    offers = recommended(tables, date(2026, 4, 11))[0].set_index(["customer_id", "kind"])["evidence"]
    assert offers["drinker", "replenishment"] == "bought on 3 days, usually every 30 days; last bought 40 days ago"
    assert offers["tea 4", "replenishment"] == "usually bought again after 34 days; last bought 57 days ago"
    assert offers["cook", "up-sell"] == "the next model up from the Pot bought on 5 March 2026"
    assert offers["cook", "accessory"] == "goes with the Pot bought on 5 March 2026"
    assert ("chef", "up-sell") not in offers.index, "who has the largest pot needs no large one"
    assert ("cook", "replenishment") not in offers.index
    assert offers["cook", "cross-sell"].iloc[0] == "among the products most in demand: bought by 30 so far"


def test_scores_are_the_formula_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    customers, count = 40, 12
    days = rng.integers(0, 400, (customers, count))
    owns = rng.random((customers, count)) < 0.3
    owns[:, 8:] = False  # so that everybody has four to be offered
    owns[:, 0] |= ~owns.any(axis=1)
    strengths = rng.random((count, count)) * (rng.random((count, count)) < 0.3)
    np.fill_diagonal(strengths, 0)
    share = rng.dirichlet(np.ones(count))
    row, column = owns.nonzero()
    one, other = strengths.nonzero()
    known: Evidence = evidence(
        pd.DataFrame({"customer_number": row, "product_number": 10 * column, "days_ago": days[row, column]}),
        pd.DataFrame({"product_number": 10 * one, "pair_number": 10 * other, "strength": strengths[one, other]}),
        pd.DataFrame({"product_number": 10 * np.arange(count), "demand_share": share}),
    )
    weights = np.where(owns, 0.5 ** (days / HALF_LIFE_DAYS), 0)
    scores = np.where(owns, -np.inf, weights @ strengths + DEMAND_WEIGHT * np.sqrt(share))
    best = np.argsort(-scores, axis=1)[:, :4]
    for cells in (10, 10_000):
        monkeypatch.setattr("models.recommend.BLOCK_CELLS", cells)
        top = top_products(known, 4)
        assert (top["product_number"].to_numpy().reshape(customers, 4) == 10 * best).all()
        assert top["score"].to_numpy() == pytest.approx(np.take_along_axis(scores, best, 1).ravel(), rel=1e-4)
        said = weights[top["customer_number"]] * strengths[:, top["product_number"] // 10].T
        told = np.where(said.max(axis=1) > 0, 10 * said.argmax(axis=1), -1)
        assert (top["because_number"].to_numpy() == told).all()
    assert isinstance(known.purchases, sparse.csr_matrix)
