"""The pipeline's facts in polars: one narrow row per order, first purchase and return, sorted by customer.

Customers become dense numbers, so that no snapshot groups by text.
"""

from pathlib import Path

import polars as pl

from benchmarks.contenders.job import GROSS_MARGIN


def order_facts(folder: Path) -> pl.LazyFrame:
    """One row per order that counts, sorted by customer and time, with `customer` counted from 0."""
    keys = ["customer_id", "ordered_at", "order_id"]
    orders = (
        pl.scan_parquet(folder / "orders.parquet")
        .filter(pl.col("status").fill_null("completed") != "cancelled")
        .join(_goods(folder), on="order_id", how="left")
        .sort(keys)
        .with_columns(
            customer=pl.col("customer_id").rle_id(),
            ordered_on=pl.col("ordered_at").dt.date(),
            discount=pl.coalesce("discount", "line_discount"),
        )
    )
    is_new = (pl.col("customer") != pl.col("customer").shift()).fill_null(True)
    since = pl.when(~is_new).then((pl.col("ordered_on") - pl.col("ordered_on").shift()).dt.total_days())
    return orders.select(
        "customer_id",
        "customer",
        "ordered_on",
        "order_id",
        (since.fill_null(1) > 0).alias("is_first_of_day"),
        pl.when(since > 0).then(since).cast(pl.Int32).alias("gap_days"),
        "revenue",
        pl.when(pl.col("goods_cost").is_null())
        .then(pl.col("revenue") * GROSS_MARGIN)
        .otherwise(pl.col("revenue") - pl.col("goods_cost"))
        .alias("margin"),
        "discount",
        pl.when(pl.col("discount") > 0)
        .then(pl.col("discount") / (pl.col("revenue") + pl.col("discount")))
        .otherwise(0.0)
        .alias("discount_share"),
        "shipping_fee",
        (pl.col("coupon").fill_null("") != "").alias("has_coupon"),
        "refunded",
        pl.col("refunded_at").dt.date().alias("refunded_on"),
        pl.col("promised_at").dt.date().alias("promised_on"),
        pl.col("delivered_at").dt.date().alias("delivered_on"),
        (pl.col("delivered_at").dt.date() - pl.col("ordered_on")).dt.total_days().alias("delivery_days"),
        "items",
        "products",
    )


def _goods(folder: Path) -> pl.LazyFrame:
    """One row per order with lines: what was in it and what the goods cost the shop."""
    lines = pl.scan_parquet(folder / "order_lines.parquet").join(
        pl.scan_parquet(folder / "products.parquet").select("product_id", "unit_cost"), on="product_id", how="left"
    )
    known = pl.col("quantity") * pl.col("unit_cost")
    assumed = (pl.col("quantity") * pl.col("unit_price") - pl.col("discount").fill_null(0)) * (1 - GROSS_MARGIN)
    return (
        lines.with_columns(cost=pl.coalesce(known, assumed))
        .group_by("order_id")
        .agg(
            items=pl.col("quantity").sum(),
            products=pl.len(),
            cost=pl.col("cost").sum(),
            known_costs=pl.col("unit_cost").count(),
            discount=pl.col("discount").sum(),
            discounts=pl.col("discount").count(),
        )
        .select(
            "order_id",
            "items",
            "products",
            pl.when(pl.col("known_costs") > 0).then("cost").alias("goods_cost"),
            pl.when(pl.col("discounts") > 0).then("discount").alias("line_discount"),
        )
    )


def first_purchases(folder: Path, orders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per customer and day on which they bought something for the first time."""
    bought = (
        pl.scan_parquet(folder / "order_lines.parquet")
        .select("order_id", "product_id")
        .join(orders.select("order_id", "customer", "ordered_on"), on="order_id")
        .group_by("customer", "product_id")
        .agg(pl.col("ordered_on").min())
    )
    categories = (
        bought.join(pl.scan_parquet(folder / "products.parquet").select("product_id", "category"), on="product_id")
        .drop_nulls("category")
        .group_by("customer", "category")
        .agg(pl.col("ordered_on").min())
    )
    products = bought.select("customer", "ordered_on", new_products=1, new_categories=0)
    return (
        pl.concat([products, categories.select("customer", "ordered_on", new_products=0, new_categories=1)])
        .group_by("customer", "ordered_on")
        .agg(pl.col("new_products", "new_categories").sum())
        .sort("customer", "ordered_on")
    )


def return_facts(folder: Path, orders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per returned order line, at the day of the return."""
    return (
        pl.scan_parquet(folder / "order_lines.parquet")
        .filter(pl.col("returned_at").is_not_null() & (pl.col("returned_quantity") > 0))
        .select("order_id", "returned_quantity", returned_on=pl.col("returned_at").dt.date())
        .join(orders.select("order_id", "customer", "ordered_on"), on="order_id")
        .select("customer", "ordered_on", "returned_on", "returned_quantity")
    )
