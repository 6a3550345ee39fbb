-- One row per order with lines: what was in it and what the goods cost the shop.
-- optional: products (product_id varchar, unit_cost double)
with lines as (
    select * from order_lines
),

final as (
    select
        lines.order_id,
        sum(lines.quantity) as items,
        count(*) as products,
        -- A line whose cost is unknown is counted at the shop's own margin share.
        case
            when count(products.unit_cost) > 0 then sum(coalesce(
                lines.quantity * products.unit_cost,
                (lines.quantity * lines.unit_price - coalesce(lines.discount, 0)) * (1 - getvariable('gross_margin'))
            ))
        end as goods_cost,
        sum(lines.discount) as line_discount,
    from lines
    left join products on lines.product_id = products.product_id
    group by lines.order_id
)

select * from final
