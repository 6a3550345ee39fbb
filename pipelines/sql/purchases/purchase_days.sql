-- One row per customer, product and day on which it was bought, before as_of_date.
with past_orders as (
    select
        orders.order_id,
        buyer_numbers.customer_number,
        cast(orders.ordered_at as date) as ordered_on,
    from orders
    inner join buyer_numbers on orders.customer_id = buyer_numbers.customer_id
    where orders.ordered_at < getvariable('as_of_date') and coalesce(orders.status, 'completed') != 'cancelled'
)

select
    past_orders.customer_number,
    product_numbers.product_number,
    past_orders.ordered_on,
from order_lines
inner join past_orders on order_lines.order_id = past_orders.order_id
inner join product_numbers on order_lines.product_id = product_numbers.product_id
group by past_orders.customer_number, product_numbers.product_number, past_orders.ordered_on
