-- One row per order that arrived before the day on which it was ordered.
select
    customer_id,
    order_id as row_key,
    'ordered ' || cast(cast(ordered_at as date) as varchar)
    || ', delivered ' || cast(cast(delivered_at as date) as varchar) as found,
    date_diff('day', delivered_at, ordered_at) as weight,
from orders
where cast(delivered_at as date) < cast(ordered_at as date)
