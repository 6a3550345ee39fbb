-- One row per customer who bought a product on three days or more in two years and whose own gap for it is over.
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
),

rhythms as (
    select
        customer_id,
        product_id,
        (max(ordered_on) - min(ordered_on)) / (count(*) - 1.0) as gap_days,
        getvariable('as_of_date') - max(ordered_on) as days_since,
    from days
    group by customer_id, product_id
    having count(*) >= 3
)

select distinct customer_id
from rhythms
-- Not so long ago that they gave it up.
where days_since between gap_days and 2 * gap_days
