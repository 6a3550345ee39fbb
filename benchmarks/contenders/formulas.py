"""From a customer's sums to the features, written once for every engine whose columns know + − × / and comparisons.

The second writing of what stands in `pipelines/sql/features`: the bench stops where the two disagree.
"""

import math
from datetime import date
from typing import Any, Protocol

Values = dict[str, Any]


class Sums(Protocol):
    """A customer's sums as columns of doubles, and the two things that engines write differently."""

    def __call__(self, name: str) -> Any:
        """A column by name."""

    def when(self, condition: Any, value: Any) -> Any:
        """The value where the condition holds, missing elsewhere."""

    def filled(self, value: Any) -> Any:
        """The value, 0 where it is missing."""


def features(c: Sums, as_of: date) -> Values:
    """Every feature that orders and order lines give, by name."""
    return rhythm(c) | value(c) | price(c) | basket(c) | delivery(c) | season(c, as_of)


def _over(c: Sums, part: Any, whole: Any) -> Any:
    """A quotient, missing where there is nothing to divide by."""
    return part / c.when(whole != 0, whole)


def rhythm(c: Sums) -> Values:
    """How often they buy and how late they are, and since when they do."""
    last, first, gaps = c("last_ago"), c("first_ago"), c("gaps")
    lasting = first - last
    mean_gap = _over(c, lasting, gaps)
    spread = (c("squared_gaps") - _over(c, lasting * lasting, gaps)) / c.when(gaps > 1, gaps - 1)
    deviation = c.when(c("squared_gaps") * gaps > lasting * lasting, spread) ** 0.5
    return {
        "days_since_last_order": last,
        "order_days": c("order_days"),
        "first_to_last_days": lasting,
        "mean_gap_days": mean_gap,
        "gap_variation": deviation / mean_gap,
        "longest_gap_days": c("longest_gap"),
        "last_gap_days": c("last_gap"),
        "last_gap_ratio": c("last_gap") / mean_gap,
        "overdue_ratio": last / mean_gap,
        "days_overdue": last - mean_gap,
        "overdue_deviations": (last - mean_gap) / deviation,
        "longest_gap_ratio": last / c("longest_gap"),
        **{f"orders_{days}d": c(f"orders_{days}d") for days in (30, 90, 180, 365)},
        "order_trend": c.when(
            first >= 120, _over(c, c("orders_90d") / 90 * (first - 90), c("orders") - c("orders_90d"))
        ),
        "tenure_days": first,
        "is_one_time_buyer": c.filled(c.when(c("order_days") == 1, c("order_days"))),
    }


def value(c: Sums) -> Values:
    """What they spend and what it earns."""
    revenue, orders, first = c("revenue"), c("orders"), c("first_ago")
    earlier_value = _over(c, revenue - c("revenue_180d"), orders - c("orders_180d"))
    earlier_pace = (revenue - c("revenue_90d")) / (first - 90)
    return {
        "revenue_total": revenue,
        **{f"revenue_{days}d": c(f"revenue_{days}d") for days in (90, 180, 365)},
        "margin_365d": c("margin_365d"),
        "margin_share": _over(c, c("margin"), revenue),
        "mean_order_value": revenue / orders,
        "largest_order_value": c("largest_order"),
        "last_order_value": c("last_order"),
        "last_order_ratio": _over(c, c("last_order"), revenue / orders),
        "order_value_trend": _over(c, _over(c, c("revenue_180d"), c("orders_180d")), earlier_value),
        "revenue_trend": c.when(first >= 120, _over(c, c("revenue_90d") / 90, earlier_pace)),
        "shipping_fee_share": _over(c, c("shipping_fee"), revenue),
    }


def price(c: Sums) -> Values:
    """How far discounts and coupons carry their orders."""
    is_told = c("orders_with_word") > 0
    share = c.when(is_told, c("discounted") / c("orders"))
    recent_share = c.when(is_told, _over(c, c("discounted_180d"), c("orders_180d")))
    return {
        "discount_share": _over(c, c("discount"), c("revenue") + c("discount")),
        "discounted_order_share": share,
        "discounted_order_share_180d": recent_share,
        "discount_trend": recent_share - share,
        "last_order_discount_share": c.when(is_told, c("last_discount")),
        "coupon_order_share": c("coupons") / c("orders"),
    }


def basket(c: Sums) -> Values:
    """How broadly they buy and what they send back."""
    items, baskets = c("items"), c("baskets")
    return {
        "items_per_order": _over(c, items, baskets),
        "basket_trend": _over(c, _over(c, c("items_180d"), c("baskets_180d")), _over(c, items, baskets)),
        "mean_item_price": _over(c, c("basket_revenue"), items),
        "distinct_products": c.when(baskets > 0, c("new_products")),
        "distinct_categories": c.when(c("new_categories") != 0, c("new_categories")),
        "variety_share": _over(c, c("new_products"), c("products")),
        "new_product_share_180d": _over(c, c.filled(c("new_products_180d")), c("products_180d")),
        "days_since_new_product": c("days_since_new_product"),
        "returned_item_share": _over(c, c.filled(c("returned_items")), items),
    }


def delivery(c: Sums) -> Values:
    """Deliveries and refunds."""
    return {
        "late_delivery_share": _over(c, c("late"), c("judged")),
        "late_deliveries_90d": c("late_90d"),
        "worst_days_late_180d": c("worst_late_180d"),
        "last_days_late": c("last_days_late"),
        "mean_delivery_days": _over(c, c("delivery_days"), c("delivered")),
        "overdue_deliveries": c("overdue"),
        "refunds_365d": c("refunds_365d"),
        "refunded_share": _over(c, c("refunded"), c("revenue")),
    }


def season(c: Sums, as_of: date) -> Values:
    """The time of year and what they do in it."""
    angle, one = 2 * math.pi * as_of.timetuple().tm_yday / 365.25, c("orders") / c("orders")
    has_year = c("first_ago") >= 365
    return {
        "season_sine": one * math.sin(angle),
        "season_cosine": one * math.cos(angle),
        "orders_same_season_last_year": c.when(has_year, c("orders_last_year")),
        "season_order_share": c.when(has_year, c("orders_in_season") / c("orders")),
    }
