-- One row per customer with order lines before the as-of date: what they sent back.
with returned as (
    select
        customer_number,
        sum(returned_quantity) as items,
    from return_facts
    where ordered_at < getvariable('as_of_date') and returned_at < getvariable('as_of_date')
    group by customer_number
)

select
    order_sums.customer_number,
    coalesce(returned.items, 0) / nullif(order_sums.items, 0) as returned_item_share,
from order_sums
left join returned on order_sums.customer_number = returned.customer_number
where order_sums.items is not null
