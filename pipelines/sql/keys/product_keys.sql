-- One row per product on record: its category as a number, and what it costs the shop.
select
    product_id,
    case when category is not null then cast(dense_rank() over (order by category) as integer) end as category_number,
    unit_cost,
from products
