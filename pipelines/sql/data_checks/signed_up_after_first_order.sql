-- One row per customer who ordered before the day of the sign-up.
with first_orders as (
    select
        customer_id,
        min(ordered_at) as ordered_at,
    from orders
    group by customer_id
)

select
    customers.customer_id,
    customers.customer_id as row_key,
    'first order ' || cast(cast(first_orders.ordered_at as date) as varchar)
    || ', signed up ' || cast(cast(customers.signed_up_at as date) as varchar) as found,
    date_diff('day', first_orders.ordered_at, customers.signed_up_at) as weight,
from customers
inner join first_orders on customers.customer_id = first_orders.customer_id
where cast(customers.signed_up_at as date) > cast(first_orders.ordered_at as date)
