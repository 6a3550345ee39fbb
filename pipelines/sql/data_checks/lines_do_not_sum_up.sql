-- One row per order whose lines differ from its revenue by more than a twentieth.
with lines as (
    select
        order_id,
        sum(quantity * unit_price - coalesce(discount, 0)) as line_revenue,
    from order_lines
    group by order_id
)

select
    orders.customer_id,
    orders.order_id as row_key,
    'revenue ' || cast(cast(orders.revenue as decimal(18, 2)) as varchar)
    || ', lines ' || cast(cast(lines.line_revenue as decimal(18, 2)) as varchar) as found,
    abs(orders.revenue - lines.line_revenue) as weight,
from orders
inner join lines on orders.order_id = lines.order_id
where
    orders.status = 'completed'
    and abs(orders.revenue - lines.line_revenue) > 0.02 + 0.05 * greatest(orders.revenue, lines.line_revenue)
