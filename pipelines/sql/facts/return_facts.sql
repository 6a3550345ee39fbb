-- One row per returned order line, at the moment of the return.
with returned_lines as (
    select * from stg_returned_lines
)

select
    orders.customer_id,
    orders.ordered_at,
    returned_lines.returned_at,
    returned_lines.returned_quantity,
from returned_lines
join order_facts as orders on returned_lines.order_id = orders.order_id
order by orders.customer_id, returned_lines.returned_at
