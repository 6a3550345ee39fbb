-- One row per customer with an order before the as-of date: how far discounts and coupons carry their orders.
-- An empty discount means none, but only for customers whose orders say anything about discounts at all.
with shares as (
    select
        *,
        case when orders_with_word > 0 then discounted / (orders * 1.0) end as discounted_share,
        case when orders_with_word > 0 then discounted_180d / nullif(orders_180d * 1.0, 0) end as discounted_share_180d,
    from order_sums
)

select
    customer_number,
    discount / nullif(revenue + discount, 0) as discount_share,
    discounted_share as discounted_order_share,
    discounted_share_180d as discounted_order_share_180d,
    discounted_share_180d - discounted_share as discount_trend,
    case when orders_with_word > 0 then last_discount_share end as last_order_discount_share,
    coupon_orders / (orders * 1.0) as coupon_order_share,
from shares
