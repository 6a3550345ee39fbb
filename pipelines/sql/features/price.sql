-- One row per customer with an order before the as-of date: how far discounts and coupons carry their orders.
with orders as (
    select
        *,
        date_diff('day', ordered_on, getvariable('as_of_date')) as days_ago,
    from order_facts
    where ordered_at < getvariable('as_of_date')
),

sums as (
    select
        customer_id,
        count(*) as orders,
        count(discount) as orders_with_word,
        sum(discount) as discount,
        sum(revenue + coalesce(discount, 0)) as list_value,
        sum(case when discount > 0 then 1 else 0 end) as discounted,
        sum(case when days_ago <= 180 and discount > 0 then 1 else 0 end) as discounted_180d,
        sum(case when days_ago <= 180 then 1 else 0 end) as orders_180d,
        sum(case when has_coupon then 1 else 0 end) as coupon_orders,
        arg_max(
            case when discount > 0 then discount / (revenue + discount) else 0 end,
            order_number
        ) as last_discount_share,
    from orders
    group by customer_id
),

-- An empty discount means none, but only for customers whose orders say anything about discounts at all.
shares as (
    select
        *,
        case when orders_with_word > 0 then discounted / (orders * 1.0) end as discounted_share,
        case when orders_with_word > 0 then discounted_180d / nullif(orders_180d * 1.0, 0) end as discounted_share_180d,
    from sums
)

select
    customer_id,
    discount / nullif(list_value, 0) as discount_share,
    discounted_share as discounted_order_share,
    discounted_share_180d as discounted_order_share_180d,
    discounted_share_180d - discounted_share as discount_trend,
    case when orders_with_word > 0 then last_discount_share end as last_order_discount_share,
    coupon_orders / (orders * 1.0) as coupon_order_share,
from shares
