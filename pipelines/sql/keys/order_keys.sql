-- One row per order that counts, numbered per customer in the order of time.
with numbered as (
    select
        orders.*,
        customer_keys.customer_number,
        row_number() over customer_orders as order_number,
        date_diff('day', lag(orders.ordered_on) over customer_orders, orders.ordered_on) as days_since_previous,
    from stg_orders as orders
    join customer_keys on orders.customer_id = customer_keys.customer_id
    window customer_orders as (partition by customer_keys.customer_number order by orders.ordered_at, orders.order_id)
)

select
    *,
    -- Sorts as customer and time do, and is quicker to join and group than the shop's own order_id.
    cast(customer_number as bigint) * 4294967296 + order_number as order_key,
from numbered
