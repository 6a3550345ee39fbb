-- One row per customer with an order or a contract: a dense number in the order of customer_id.
-- optional: stg_subscriptions (customer_id varchar)
-- Numbers are compared, hashed and stored several times faster than text; no snapshot groups by text.
with customers as (
    select customer_id from stg_orders
    union
    select customer_id from stg_subscriptions
)

select
    customer_id,
    cast(row_number() over (order by customer_id) as integer) as customer_number,
from customers
