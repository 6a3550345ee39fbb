-- One row per customer with an order before the as-of date: what all features of orders are made from, in one pass.
-- Compiled by pipelines/sweep when several snapshots are built: keep to expressions that it knows.
-- `count_if` only where the condition is never missing: of nothing but missing ones engines make 0 or null.
with orders as (
    select
        *,
        date_diff('day', ordered_on, getvariable('as_of_date')) as days_ago,
    from order_facts
    where ordered_on < getvariable('as_of_date')
)

select
    customer_number,
    count(*) as orders,
    count_if(is_first_of_day) as order_days,
    min(days_ago) as days_since_last,
    max(days_ago) as days_since_first,
    count_if(days_ago <= 30) as orders_30d,
    count_if(days_ago <= 90) as orders_90d,
    count_if(days_ago <= 180) as orders_180d,
    count_if(days_ago <= 365) as orders_365d,
    -- The horizon ahead, one year ago; and in any earlier year (in quarters of days: a year has 365.25).
    count_if(days_ago <= 365 and days_ago > 365 - getvariable('horizon_days')) as orders_last_year,
    count_if(1461 - mod(4 * days_ago, 1461) < 4 * getvariable('horizon_days')) as orders_in_season,
    count(gap_days) as gaps,
    max(gap_days) as longest_gap,
    sum(gap_days * gap_days) as squared_gaps,
    arg_max(gap_days, case when gap_days > 0 then order_number end) as last_gap,
    sum(revenue) as revenue,
    sum(case when days_ago <= 90 then revenue else 0 end) as revenue_90d,
    sum(case when days_ago <= 180 then revenue else 0 end) as revenue_180d,
    sum(case when days_ago <= 365 then revenue else 0 end) as revenue_365d,
    max(revenue) as largest_order,
    arg_max(revenue, order_number) as last_order,
    sum(margin) as margin,
    sum(case when days_ago <= 365 then margin else 0 end) as margin_365d,
    sum(shipping_fee) as shipping_fee,
    count(discount) as orders_with_word,
    sum(discount) as discount,
    count(case when discount > 0 then 1 end) as discounted,
    count(case when discount > 0 and days_ago <= 180 then 1 end) as discounted_180d,
    arg_max(discount_share, order_number) as last_discount_share,
    count_if(has_coupon) as coupon_orders,
    count(products) as baskets,
    count(case when days_ago <= 180 then products end) as baskets_180d,
    sum(items) as items,
    sum(case when days_ago <= 180 then items end) as items_180d,
    sum(products) as products,
    sum(case when days_ago <= 180 then products end) as products_180d,
    sum(case when items is not null then revenue end) as basket_revenue,
    sum(new_products) as new_products,
    sum(case when days_ago <= 180 then new_products end) as new_products_180d,
    sum(new_categories) as new_categories,
    min(case when new_products > 0 then days_ago end) as days_since_new_product,
from orders
group by customer_number
