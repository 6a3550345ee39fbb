"""The pipeline's facts in pandas: one row per order, first purchase and return, customers as dense numbers."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.contenders.job import GROSS_MARGIN

_DAYS = {"ordered_on": "ordered_at", "refunded_on": "refunded_at", "promised_on": "promised_at",
         "delivered_on": "delivered_at"}  # fmt: skip


def days(moments: pd.Series) -> pd.Series:
    """Whole days since 1970 as a double, missing where the moment is."""
    return ((moments - pd.Timestamp(0)) // pd.Timedelta(days=1)).astype("float64")


def order_facts(folder: Path) -> pd.DataFrame:
    """One row per order that counts, sorted by customer and time, with `customer` counted from 0."""
    orders = pd.read_parquet(folder / "orders.parquet")
    orders = orders[orders["status"].fillna("completed") != "cancelled"]
    orders = orders.merge(_goods(folder), on="order_id", how="left")
    orders = orders.sort_values(["customer_id", "ordered_at", "order_id"], ignore_index=True)
    discount = orders["discount"].fillna(orders["line_discount"])
    margin = (orders["revenue"] - orders["goods_cost"]).fillna(orders["revenue"] * GROSS_MARGIN)
    codes, _ = pd.factorize(orders["customer_id"])
    facts = pd.DataFrame(
        {
            "customer": codes.astype("int32"),
            "order_id": orders["order_id"],
            **{day: days(orders[moment]) for day, moment in _DAYS.items()},
            **{name: orders[name] for name in ("revenue", "shipping_fee", "refunded", "items", "products")},
            "margin": margin,
            "discount": discount,
            "discount_share": (discount / (orders["revenue"] + discount)).where(discount > 0, 0.0),
            "has_coupon": orders["coupon"].fillna("") != "",
        }
    )
    since = facts["ordered_on"].diff().where(facts["customer"] == facts["customer"].shift())
    facts["is_first_of_day"] = since.isna() | (since > 0)
    facts["gap_days"] = since.where(since > 0)
    return facts


def customer_ids(folder: Path) -> np.ndarray:
    """The ids that the numbers of `order_facts` stand for."""
    orders = pd.read_parquet(folder / "orders.parquet", columns=["customer_id", "status"])
    counted = orders["customer_id"][orders["status"].fillna("completed") != "cancelled"]
    return np.sort(counted.unique())


def _goods(folder: Path) -> pd.DataFrame:
    """One row per order with lines: what was in it and what the goods cost the shop."""
    lines = pd.read_parquet(
        folder / "order_lines.parquet", columns=["order_id", "product_id", "quantity", "unit_price", "discount"]
    )
    products = pd.read_parquet(folder / "products.parquet", columns=["product_id", "unit_cost"])
    unit_cost = lines["product_id"].map(products.set_index("product_id")["unit_cost"])
    assumed = (lines["quantity"] * lines["unit_price"] - lines["discount"].fillna(0)) * (1 - GROSS_MARGIN)
    lines["goods_cost"] = (lines["quantity"] * unit_cost).fillna(assumed)
    lines["unit_cost"] = unit_cost
    grouped = lines.groupby("order_id", sort=False)
    found = grouped[["quantity", "goods_cost"]].sum().rename(columns={"quantity": "items"})
    found["line_discount"] = grouped["discount"].sum(min_count=1)
    found["products"] = grouped.size().astype("float64")
    found["goods_cost"] = found["goods_cost"].where(grouped["unit_cost"].count() > 0)
    return found.reset_index()


def first_purchases(folder: Path, orders: pd.DataFrame) -> pd.DataFrame:
    """One row per customer and day on which they bought something for the first time."""
    lines = pd.read_parquet(folder / "order_lines.parquet", columns=["order_id", "product_id"])
    products = pd.read_parquet(folder / "products.parquet", columns=["product_id", "category"])
    bought = lines.merge(orders[["order_id", "customer", "ordered_on"]], on="order_id")
    firsts = bought.groupby(["customer", "product_id"], sort=False)["ordered_on"].min().reset_index()
    in_category = firsts.merge(products.dropna(), on="product_id")
    categories = in_category.groupby(["customer", "category"], sort=False)["ordered_on"].min().reset_index()
    both = pd.concat([firsts.assign(new_products=1.0), categories.assign(new_categories=1.0)])
    return both.groupby(["customer", "ordered_on"])[["new_products", "new_categories"]].sum().reset_index()


def return_facts(folder: Path, orders: pd.DataFrame) -> pd.DataFrame:
    """One row per returned order line, at the day of the return."""
    lines = pd.read_parquet(
        folder / "order_lines.parquet", columns=["order_id", "returned_quantity", "returned_at"]
    ).dropna(subset="returned_at")
    lines = lines[lines["returned_quantity"] > 0].assign(returned_on=lambda frame: days(frame["returned_at"]))
    return lines.merge(orders[["order_id", "customer", "ordered_on"]], on="order_id")
