-- One row per customer with an order before the as-of date: what they spend and what it earns.
select
    customer_number,
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
from order_sums
