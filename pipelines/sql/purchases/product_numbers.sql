-- One row per product in any line or on record: a dense number in the order of product_id, and what to call it.
-- optional: products (product_id varchar, name varchar)
with known as (
    select product_id from order_lines
    union
    select product_id from products
)

select
    known.product_id,
    coalesce(products.name, known.product_id) as product_name,
    cast(row_number() over (order by known.product_id) - 1 as integer) as product_number,
from known
left join products on known.product_id = products.product_id
