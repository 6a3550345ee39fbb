-- One row per customer with order lines before the as-of date: how broadly they buy.
with orders as (
    select
        *,
        date_diff('day', ordered_on, getvariable('as_of_date')) as days_ago,
    from order_facts
    where ordered_at < getvariable('as_of_date')
),

firsts as (
    select
        *,
        date_diff('day', cast(ordered_at as date), getvariable('as_of_date')) as days_ago,
    from first_purchases
    where ordered_at < getvariable('as_of_date')
),

baskets as (
    select
        customer_id,
        count(products) as orders,
        sum(items) as items,
        sum(products) as products,
        sum(case when items is not null then revenue end) as revenue,
        sum(case when days_ago <= 180 then items end) as items_180d,
        sum(case when days_ago <= 180 then products end) as products_180d,
        count(case when days_ago <= 180 then products end) as orders_180d,
    from orders
    group by customer_id
),

novelties as (
    select
        customer_id,
        sum(new_products) as products,
        sum(new_categories) as categories,
        sum(case when days_ago <= 180 then new_products else 0 end) as products_180d,
        min(case when new_products > 0 then days_ago end) as days_since_new_product,
    from firsts
    group by customer_id
)

select
    baskets.customer_id,
    baskets.items / (baskets.orders * 1.0) as items_per_order,
    -- Items per order of the last 180 days against all orders.
    baskets.items_180d / nullif(baskets.orders_180d, 0) / nullif(baskets.items / baskets.orders, 0) as basket_trend,
    baskets.revenue / nullif(baskets.items, 0) as mean_item_price,
    novelties.products as distinct_products,
    -- Nobody buys from no category: none means that the products have none on record.
    nullif(novelties.categories, 0) as distinct_categories,
    novelties.products / nullif(baskets.products * 1.0, 0) as variety_share,
    novelties.products_180d / nullif(baskets.products_180d * 1.0, 0) as new_product_share_180d,
    novelties.days_since_new_product,
from baskets
join novelties on baskets.customer_id = novelties.customer_id
