-- One row per customer and moment at which they bought something for the first time; sums of it count distinct things.
-- optional: products (product_id varchar, category varchar)
with lines as (
    select
        orders.customer_id,
        orders.ordered_at,
        order_lines.product_id,
    from order_lines
    join order_facts as orders on order_lines.order_id = orders.order_id
),

first_products as (
    select customer_id, product_id, min(ordered_at) as ordered_at
    from lines
    group by customer_id, product_id
),

first_categories as (
    select first_products.customer_id, products.category, min(first_products.ordered_at) as ordered_at
    from first_products
    join products on first_products.product_id = products.product_id
    where products.category is not null
    group by first_products.customer_id, products.category
),

firsts as (
    select customer_id, ordered_at, 1 as new_products, 0 as new_categories from first_products
    union all
    select customer_id, ordered_at, 0 as new_products, 1 as new_categories from first_categories
)

select
    customer_id,
    ordered_at,
    sum(new_products) as new_products,
    sum(new_categories) as new_categories,
from firsts
group by customer_id, ordered_at
order by customer_id, ordered_at
