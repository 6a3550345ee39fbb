-- One row per customer with a ticket since the last order before the as-of date: how the shop has dealt with it.
with last_orders as (
    select
        customer_numbers.customer_id,
        order_sums.days_since_last,
    from order_sums
    join customer_numbers on order_sums.customer_number = customer_numbers.customer_number
),

tickets as (
    select
        ticket_facts.customer_id,
        case when first_replied_at < getvariable('as_of_date') then reply_hours end as reply_hours,
        reopened_at < getvariable('as_of_date') as is_reopened,
        solved_at < getvariable('as_of_date') as is_solved,
    from ticket_facts
    join last_orders on ticket_facts.customer_id = last_orders.customer_id
    where
        opened_at < getvariable('as_of_date')
        and date_diff('day', cast(opened_at as date), getvariable('as_of_date')) <= last_orders.days_since_last
)

select
    customer_id,
    count(*) as tickets_since_order,
    max(reply_hours) as slowest_reply_hours_since_order,
    sum(case when is_reopened then 1 else 0 end) as reopened_since_order,
    -- However long ago: for a customer who has not ordered since, it was the last that they heard.
    sum(case when is_solved then 0 else 1 end) as unsolved_since_order,
from tickets
group by customer_id
