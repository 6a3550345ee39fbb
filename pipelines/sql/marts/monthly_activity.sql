-- One row per calendar month at whose start anybody was active: how many, and how many of them stayed to its end.
with

orders as (
    select
        ordered_on,
        lead(ordered_on) over (partition by customer_id order by order_number) as next_ordered_on,
    from order_facts
    where ordered_at < getvariable('as_of_date')
),

active_months as (
    -- a customer is active at a month's start by the last order before it, if that is recent enough
    select
        unnest(range(
            date_trunc('month', ordered_on) + interval 1 month,
            1 + least(
                coalesce(next_ordered_on, getvariable('as_of_date')),
                getvariable('as_of_date'),
                ordered_on + getvariable('active_days')
            ),
            interval 1 month
        )) as month,
        ordered_on,
        next_ordered_on,
    from orders
)

select
    month,
    count(*) as active_at_start,
    sum(case
        when next_ordered_on < month + interval 1 month then 1
        when ordered_on + getvariable('active_days') >= month + interval 1 month then 1
        else 0
    end) as retained_customers,
from active_months
group by month
order by month
