-- One row in all: orders, revenue and lines, and how many belong to a customer, order or product that is known.
-- optional: customers (customer_id varchar)
-- optional: order_lines (order_id varchar, product_id varchar, quantity double, unit_price double)
-- optional: products (product_id varchar)
with

order_matches as (
    select
        count(*) as orders,
        sum(orders.revenue) as revenue,
        sum(case when customers.customer_id is not null then 1 else 0 end) as matched_orders,
        sum(case when customers.customer_id is not null then orders.revenue else 0 end) as matched_revenue,
        count(distinct case when customers.customer_id is null then orders.customer_id end) as unknown_customers,
    from orders
    left join customers on orders.customer_id = customers.customer_id
    where orders.status = 'completed'
),

line_matches as (
    select
        count(*) as lines,
        sum(case when orders.order_id is not null then 1 else 0 end) as matched_lines,
        sum(case when products.product_id is not null then 1 else 0 end) as lines_with_product,
    from order_lines
    left join orders on order_lines.order_id = orders.order_id
    left join products on order_lines.product_id = products.product_id
)

select
    order_matches.orders,
    order_matches.revenue,
    order_matches.matched_orders,
    order_matches.matched_revenue,
    order_matches.unknown_customers,
    line_matches.lines,
    line_matches.matched_lines,
    line_matches.lines_with_product,
    getvariable('has_customers') as has_customers,
    getvariable('has_order_lines') as has_order_lines,
    getvariable('has_products') as has_products,
from order_matches
cross join line_matches
