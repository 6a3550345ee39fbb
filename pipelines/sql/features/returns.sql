-- One row per customer with order lines before the as-of date: what they sent back.
with orders as (
    select
        customer_id,
        sum(items) as items,
    from order_facts
    where ordered_at < getvariable('as_of_date') and items is not null
    group by customer_id
),

returned as (
    select
        customer_id,
        sum(returned_quantity) as items,
    from return_facts
    where ordered_at < getvariable('as_of_date') and returned_at < getvariable('as_of_date')
    group by customer_id
)

select
    orders.customer_id,
    coalesce(returned.items, 0) / nullif(orders.items, 0) as returned_item_share,
from orders
left join returned on orders.customer_id = returned.customer_id
