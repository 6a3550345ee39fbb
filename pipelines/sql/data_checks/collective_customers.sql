-- One row per customer number with more than one in a hundred of all orders: a till, or all guests under one number?
with

per_customer as (
    select
        customer_id,
        count(*) as orders,
    from orders
    group by customer_id
),

in_all as (
    select sum(orders) as orders from per_customer
)

select
    per_customer.customer_id,
    per_customer.customer_id as row_key,
    cast(per_customer.orders as varchar) || ' orders, '
    || cast(cast(100.0 * per_customer.orders / in_all.orders as decimal(5, 1)) as varchar) || ' % of all' as found,
    per_customer.orders as weight,
from per_customer
cross join in_all
where per_customer.orders >= 100 and per_customer.orders > 0.01 * in_all.orders
