-- One row per order with lines: what was in it and what the goods cost the shop.
select
    order_key,
    sum(quantity) as items,
    cast(count(*) as double) as products,
    -- A line whose cost is unknown is counted at the shop's own margin share.
    case
        when count(unit_cost) > 0 then sum(coalesce(
            quantity * unit_cost,
            (quantity * unit_price - coalesce(discount, 0)) * (1 - getvariable('gross_margin'))
        ))
    end as goods_cost,
    sum(discount) as line_discount,
from line_keys
group by order_key
