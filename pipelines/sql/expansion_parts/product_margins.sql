-- One row per product that was ever sold or is on record: the margin of one sale of it, and which model is below it.
-- A sale is what one order holds of it, at the prices paid in the 12 months before as_of_date, else one at list price.
-- Without a known cost the shop's own margin share stands in.
-- optional: products (product_id varchar, unit_price double, unit_cost double, upgrade_of varchar)
with

sold as (
    select
        order_lines.product_id,
        count(distinct order_lines.order_id) as sales,
        sum(order_lines.quantity) as items,
        sum(order_lines.quantity * order_lines.unit_price - coalesce(order_lines.discount, 0)) as revenue,
    from order_lines
    inner join orders on order_lines.order_id = orders.order_id
    where
        orders.ordered_at < getvariable('as_of_date')
        and orders.ordered_at >= getvariable('as_of_date') - interval 12 month
        and coalesce(orders.status, 'completed') != 'cancelled'
    group by order_lines.product_id
),

known as (
    select product_id from sold
    union
    select product_id from products
),

one_sale as (
    select
        known.product_id,
        products.upgrade_of,
        coalesce(sold.revenue / sold.sales, cast(products.unit_price as double)) as revenue,
        cast(products.unit_cost as double) * coalesce(sold.items / sold.sales, 1) as goods_cost,
    from known
    left join sold on known.product_id = sold.product_id
    left join products on known.product_id = products.product_id
)

select
    product_id,
    upgrade_of,
    case
        when goods_cost is null then revenue * getvariable('gross_margin') else revenue - goods_cost
    end as margin,
from one_sale
