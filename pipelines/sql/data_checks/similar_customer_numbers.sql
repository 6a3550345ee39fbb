-- One row per customer number of orders that the customers lack as it is, and have in another spelling.
with

strangers as (
    select
        orders.customer_id,
        count(*) as orders,
    from orders
    left join customers on orders.customer_id = customers.customer_id
    where customers.customer_id is null
    group by orders.customer_id
),

spelled as (
    select
        min(customer_id) as customer_id,
        ltrim(upper(trim(customer_id)), '0') as plain,
    from customers
    group by ltrim(upper(trim(customer_id)), '0')
)

select
    spelled.customer_id,
    strangers.customer_id as row_key,
    cast(strangers.orders as varchar) || ' orders under this spelling' as found,
    strangers.orders as weight,
from strangers
inner join spelled on ltrim(upper(trim(strangers.customer_id)), '0') = spelled.plain
