-- One row per customer and product of the two years before as_of_date: on how many days, first and last.
with days as (
    select distinct
        orders.customer_id,
        order_lines.product_id,
        cast(orders.ordered_at as date) as ordered_on,
    from order_lines
    inner join orders on order_lines.order_id = orders.order_id
    inner join customer_scores on orders.customer_id = customer_scores.customer_id
    where
        orders.ordered_at < getvariable('as_of_date')
        and orders.ordered_at >= getvariable('as_of_date') - interval 24 month
        and coalesce(orders.status, 'completed') != 'cancelled'
)

select
    customer_id,
    product_id,
    count(*) as days_bought,
    min(ordered_on) as first_on,
    max(ordered_on) as last_on,
from days
group by customer_id, product_id
