-- One row per returned order line, at the moment of the return.
select
    orders.customer_id,
    orders.customer_number,
    orders.ordered_at,
    returned_lines.returned_at,
    returned_lines.returned_quantity,
from stg_returned_lines as returned_lines
join order_keys as orders on returned_lines.order_id = orders.order_id
order by orders.customer_number, returned_lines.returned_at
