-- One row per order that was not cancelled, sorted by customer and time; numbers that are summed are doubles.
-- optional: order_goods (order_key bigint, items double, products double, goods_cost double, line_discount double)
-- optional: first_purchases (order_key bigint, new_products double, new_categories double)
with orders as (
    select
        order_keys.*,
        goods.goods_cost,
        goods.items,
        goods.products,
        firsts.new_products,
        firsts.new_categories,
        coalesce(order_keys.discount, goods.line_discount) as known_discount,
    from order_keys
    left join order_goods as goods on order_keys.order_key = goods.order_key
    left join first_purchases as firsts on order_keys.order_key = firsts.order_key
)

select
    customer_id,
    customer_number,
    ordered_at,
    ordered_on,
    cast(order_number as integer) as order_number,
    coalesce(days_since_previous, 1) > 0 as is_first_of_day,
    case when days_since_previous > 0 then cast(days_since_previous as double) end as gap_days,
    revenue,
    -- Without a known cost of the goods the shop's own margin share stands in.
    case
        when goods_cost is null then revenue * getvariable('gross_margin') else revenue - goods_cost
    end as margin,
    known_discount as discount,
    -- An empty discount is none.
    case when known_discount > 0 then known_discount / (revenue + known_discount) else 0 end as discount_share,
    shipping_fee,
    has_coupon,
    refunded,
    refunded_on,
    promised_on,
    delivered_on,
    items,
    products,
    new_products,
    new_categories,
from orders
order by customer_number, order_number
