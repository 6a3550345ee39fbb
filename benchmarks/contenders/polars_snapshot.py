"""One snapshot in polars: one group-by of conditional sums over the facts."""

from datetime import date

import polars as pl
from polars import col

from benchmarks.contenders.formulas import features
from benchmarks.contenders.job import ACTIVE_DAYS, HORIZON_DAYS, WINDOWS


class _Sums:
    """Columns of the sums for the formulas."""

    def __call__(self, name: str) -> pl.Expr:
        return col(name).cast(pl.Float64)

    def when(self, condition: pl.Expr, value: pl.Expr) -> pl.Expr:
        return pl.when(condition).then(value)

    def filled(self, value: pl.Expr) -> pl.Expr:
        return value.fill_null(0)


def snapshot(orders: pl.LazyFrame, firsts: pl.LazyFrame, returns: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per customer who ordered within the active days before the date, features as 4-byte floats."""
    sums = (
        order_sums(orders, as_of)
        .filter(col("last_ago") <= ACTIVE_DAYS)
        .join(novelties(firsts, as_of), on="customer", how="left")
        .join(returned(returns, as_of), on="customer", how="left")
    )
    found = features(_Sums(), as_of)
    return sums.select("customer_id", **{name: value.cast(pl.Float32) for name, value in found.items()})


def _age(column: str, as_of: date) -> pl.Expr:
    return (pl.lit(as_of) - col(column)).dt.total_days().cast(pl.Int32)


def _sum_or_null(value: pl.Expr) -> pl.Expr:
    """SQL's sum, which is null without a value."""
    return pl.when(value.count() > 0).then(value.sum())


def _within(days: int, value: pl.Expr) -> pl.Expr:
    return pl.when(col("age") <= days).then(value)


def order_sums(orders: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per customer with an order before the date."""
    known = _known(orders, as_of)
    return known.group_by("customer").agg(
        col("customer_id").first(),
        orders=pl.len(),
        last_ago=col("age").min(),
        first_ago=col("age").max(),
        order_days=col("is_first_of_day").sum(),
        **{f"orders_{days}d": (col("age") <= days).sum() for days in WINDOWS},
        orders_last_year=((col("age") <= 365) & (col("age") > 365 - HORIZON_DAYS)).sum(),
        orders_in_season=(1461 - 4 * col("age") % 1461 < 4 * HORIZON_DAYS).sum(),
        gaps=col("gap_days").count(),
        longest_gap=col("gap_days").max(),
        squared_gaps=(col("gap_days") * col("gap_days")).sum(),
        last_gap=col("gap_days").drop_nulls().last(),
        **_money(),
        **_baskets(),
        **_deliveries(),
    )


def _known(orders: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Orders before the date with what was known of them."""
    ago = {f"{name}_ago": _age(f"{name}_on", as_of) for name in ("delivered", "promised", "refunded")}
    late = col("promised_ago") - col("delivered_ago")
    return (
        orders.filter(col("ordered_on") < as_of)
        .with_columns(age=_age("ordered_on", as_of), **ago)
        .with_columns(is_delivered=(col("delivered_ago") > 0).fill_null(False))
        .with_columns(
            days_late=pl.when(col("is_delivered") & (late > 0))
            .then(late)
            .when(col("is_delivered") & (col("promised_ago") > 0))
            .then(0)
        )
    )


def _money() -> dict[str, pl.Expr]:
    is_discounted = (col("discount") > 0).fill_null(False)
    return {
        "revenue": col("revenue").sum(),
        **{f"revenue_{days}d": _within(days, col("revenue")).sum() for days in WINDOWS[1:]},
        "margin": col("margin").sum(),
        "margin_365d": _within(365, col("margin")).sum(),
        "shipping_fee": _sum_or_null(col("shipping_fee")),
        "largest_order": col("revenue").max(),
        "last_order": col("revenue").last(),
        "orders_with_word": col("discount").count(),
        "discount": _sum_or_null(col("discount")),
        "discounted": is_discounted.sum(),
        "discounted_180d": ((col("age") <= 180) & is_discounted).sum(),
        "last_discount": col("discount_share").last(),
        "coupons": col("has_coupon").sum(),
    }


def _baskets() -> dict[str, pl.Expr]:
    return {
        "baskets": col("products").count(),
        "items": _sum_or_null(col("items")),
        "products": _sum_or_null(col("products")),
        "basket_revenue": pl.when(col("items").is_not_null()).then(col("revenue")).sum(),
        "items_180d": _within(180, col("items")).sum(),
        "products_180d": _within(180, col("products")).sum(),
        "baskets_180d": _within(180, col("products")).count(),
    }


def _deliveries() -> dict[str, pl.Expr]:
    refund_is_known = col("refunded_ago") > 0
    return {
        "late": (col("days_late") > 0).sum(),
        "judged": col("days_late").count(),
        "late_90d": ((col("days_late") > 0) & (col("delivered_ago") <= 90)).sum(),
        "worst_late_180d": pl.when(col("delivered_ago") <= 180).then(col("days_late")).max(),
        "last_days_late": col("days_late").drop_nulls().last(),
        "delivered": col("is_delivered").sum(),
        "delivery_days": pl.when("is_delivered").then("delivery_days").sum(),
        "overdue": (col("promised_ago").is_between(1, 30) & ~col("is_delivered")).sum(),
        "refunds_365d": (refund_is_known & (col("refunded_ago") <= 365) & (col("refunded") > 0)).sum(),
        "refunded": pl.when(refund_is_known).then("refunded").sum(),
    }


def novelties(firsts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per customer: how much of what they bought was new to them."""
    known = firsts.filter(col("ordered_on") < as_of).with_columns(age=_age("ordered_on", as_of))
    return known.group_by("customer").agg(
        col("new_products").sum(),
        col("new_categories").sum(),
        new_products_180d=_within(180, col("new_products")).sum(),
        days_since_new_product=pl.when(col("new_products") > 0).then("age").min(),
    )


def returned(returns: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per customer: what they sent back."""
    known = returns.filter((col("ordered_on") < as_of) & (col("returned_on") < as_of))
    return known.group_by("customer").agg(returned_items=col("returned_quantity").sum())
