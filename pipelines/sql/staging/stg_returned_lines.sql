-- One row per order line that came back before known_until; a return without its moment is unknown at every date.
select
    order_id,
    product_id,
    returned_quantity,
    returned_at,
from order_lines
where
    returned_at < getvariable('known_until')
    and returned_quantity > 0
