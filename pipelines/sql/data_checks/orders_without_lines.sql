-- One row per order that was not cancelled and has no lines, although the shop has lines.
select
    orders.customer_id,
    orders.order_id as row_key,
    'ordered ' || cast(cast(orders.ordered_at as date) as varchar) || ', no product known' as found,
    orders.revenue as weight,
from orders
left join (select distinct order_id from order_lines) as lined on orders.order_id = lined.order_id
where lined.order_id is null and orders.status = 'completed'
