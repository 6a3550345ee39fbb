-- One row per line of an order that counts, with numbers in place of the shop's own keys.
-- optional: product_keys (product_id varchar, category_number integer, unit_cost double)
with products as (
    select product_id, cast(row_number() over (order by product_id) as integer) as product_number
    from (select distinct product_id from order_lines)
)

select
    order_keys.order_key,
    order_keys.customer_number,
    products.product_number,
    product_keys.category_number,
    product_keys.unit_cost,
    order_lines.quantity,
    order_lines.unit_price,
    order_lines.discount,
from order_lines
join order_keys on order_lines.order_id = order_keys.order_id
join products on order_lines.product_id = products.product_id
left join product_keys on order_lines.product_id = product_keys.product_id
