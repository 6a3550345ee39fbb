-- One row per order that was refunded before the day on which it was ordered.
select
    customer_id,
    order_id as row_key,
    'ordered ' || cast(cast(ordered_at as date) as varchar)
    || ', refunded ' || cast(cast(refunded_at as date) as varchar) as found,
    date_diff('day', refunded_at, ordered_at) as weight,
from orders
where cast(refunded_at as date) < cast(ordered_at as date)
