-- One row per customer who sent things back from two orders or more within 90 days, the last within service_days, and
-- has not written about it: a ticket or a service contact from the day of the last return on ends it.
with returned as (
    select
        orders.customer_id,
        orders.order_id,
        lines.returned_quantity as items,
        lines.returned_quantity * lines.unit_price as amount,
        cast(lines.returned_at as date) as returned_on,
    from order_lines as lines
    inner join orders on lines.order_id = orders.order_id
    where
        lines.returned_quantity > 0
        and lines.returned_at < getvariable('as_of_date')
        and lines.returned_at >= getvariable('as_of_date') - interval 90 day
        and orders.ordered_at < getvariable('as_of_date')
),

by_order as (
    select
        customer_id,
        order_id,
        sum(items) as items,
        sum(amount) as amount,
        max(returned_on) as returned_on,
    from returned
    group by customer_id, order_id
),

summed as (
    select
        by_order.customer_id,
        count(*) as orders,
        count(asked.order_id) as asked_orders,
        sum(items) as items,
        sum(amount) as amount,
        max(returned_on) as found_on,
    from by_order
    left join asked_orders as asked on by_order.order_id = asked.order_id
    group by by_order.customer_id
)

select
    summed.customer_id,
    orders,
    items,
    amount,
    found_on,
from summed
left join service_words as heard on summed.customer_id = heard.customer_id
where
    orders >= 2
    and asked_orders = 0
    and found_on > getvariable('as_of_date') - getvariable('service_days')
    and coalesce(heard.last_heard_at < found_on, true)
