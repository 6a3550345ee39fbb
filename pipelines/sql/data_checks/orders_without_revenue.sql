-- One row per order that was not cancelled and brought no money.
select
    customer_id,
    order_id as row_key,
    'ordered ' || cast(cast(ordered_at as date) as varchar) || ', revenue 0' as found,
    0 as weight,
from orders
where revenue = 0 and status = 'completed'
