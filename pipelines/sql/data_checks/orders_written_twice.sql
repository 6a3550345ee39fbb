-- One row per order that repeats customer, second and revenue of another one under another number.
with

timed as (
    -- a date without a time of day is the same for many: it proves nothing
    select
        customer_id,
        order_id,
        ordered_at,
        revenue,
    from orders
    where ordered_at != cast(cast(ordered_at as date) as timestamp) and revenue > 0
),

repeated as (
    select
        customer_id,
        ordered_at,
        revenue,
        min(order_id) as first_order_id,
    from timed
    group by customer_id, ordered_at, revenue
    having count(*) > 1
)

select
    timed.customer_id,
    timed.order_id as row_key,
    'the same customer, second and revenue as order ' || repeated.first_order_id as found,
    timed.revenue as weight,
from timed
inner join repeated
    on
        timed.customer_id = repeated.customer_id
        and timed.ordered_at = repeated.ordered_at
        and timed.revenue = repeated.revenue
where timed.order_id != repeated.first_order_id
