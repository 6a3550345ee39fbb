-- One row per order in which a customer bought something for the first time; sums of it count distinct things.
with first_products as (
    select min(order_key) as order_key
    from line_keys
    group by customer_number, product_number
),

first_categories as (
    select min(order_key) as order_key
    from line_keys
    where category_number is not null
    group by customer_number, category_number
),

firsts as (
    select order_key, cast(1 as double) as new_products, cast(0 as double) as new_categories from first_products
    union all
    select order_key, cast(0 as double) as new_products, cast(1 as double) as new_categories from first_categories
)

select
    order_key,
    sum(new_products) as new_products,
    sum(new_categories) as new_categories,
from firsts
group by order_key
