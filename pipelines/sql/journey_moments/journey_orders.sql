-- One row per thing that happened with an order before as_of_date, on the day on which it was known.
-- optional: order_lines (order_id varchar, returned_quantity double, returned_at timestamp)
with

known as (
    select
        order_id,
        customer_id,
        coalesce(status, 'completed') = 'cancelled' as is_cancelled,
        cast(ordered_at as date) as ordered_on,
        cast(promised_at as date) as promised_on,
        case when delivered_at < getvariable('as_of_date') then cast(delivered_at as date) end as delivered_on,
    from orders
    where ordered_at < getvariable('as_of_date') and ordered_at >= getvariable('journey_since')
),

returns as (
    select
        order_id,
        min(cast(returned_at as date)) as returned_on,
    from order_lines
    where returned_quantity > 0 and returned_at < getvariable('as_of_date')
    group by order_id
),

moments as (
    select
        customer_id,
        ordered_on as happened_on,
        case when is_cancelled then 'cancelled' else 'order' end as touchpoint,
    from known
    union all
    select customer_id, delivered_on, 'on time'
    from known
    where not is_cancelled and delivered_on <= promised_on
    union all
    -- late is known from the day after the promise, whether the parcel has come or not
    select customer_id, promised_on + 1, 'late'
    from known
    where
        not is_cancelled
        and promised_on + 1 < getvariable('as_of_date')
        and (delivered_on is null or delivered_on > promised_on)
    union all
    select known.customer_id, returns.returned_on, 'return'
    from known
    inner join returns on known.order_id = returns.order_id
)

select
    customer_id,
    date_diff('day', date '1970-01-01', happened_on) as day,
    touchpoint,
from moments
