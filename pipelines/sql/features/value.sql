-- One row per customer with an order before the as-of date: what they spend and what it earns.
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
        max(days_ago) as days_since_first,
        sum(revenue) as revenue,
        sum(margin) as margin,
        sum(shipping_fee) as shipping_fee,
        sum(case when days_ago <= 90 then revenue else 0 end) as revenue_90d,
        sum(case when days_ago <= 180 then revenue else 0 end) as revenue_180d,
        sum(case when days_ago <= 365 then revenue else 0 end) as revenue_365d,
        sum(case when days_ago <= 365 then margin else 0 end) as margin_365d,
        sum(case when days_ago <= 180 then 1 else 0 end) as orders_180d,
        max(revenue) as largest_order,
        arg_max(revenue, order_number) as last_order,
    from orders
    group by customer_id
)

select
    customer_id,
    revenue as revenue_total,
    revenue_90d,
    revenue_180d,
    revenue_365d,
    margin_365d,
    margin / nullif(revenue, 0) as margin_share,
    revenue / orders as mean_order_value,
    largest_order as largest_order_value,
    last_order as last_order_value,
    last_order / nullif(revenue / orders, 0) as last_order_ratio,
    -- Orders of the last 180 days against the earlier ones; null without either.
    revenue_180d / nullif(orders_180d, 0)
        / nullif((revenue - revenue_180d) / nullif(orders - orders_180d, 0), 0) as order_value_trend,
    case
        when days_since_first >= 120
            then revenue_90d / 90.0 / nullif((revenue - revenue_90d) / (days_since_first - 90.0), 0)
    end as revenue_trend,
    shipping_fee / nullif(revenue, 0) as shipping_fee_share,
from sums
