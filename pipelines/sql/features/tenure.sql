-- One row per customer with an order before the as-of date: how long they have been one.
with orders as (
    select
        *,
        date_diff('day', ordered_on, getvariable('as_of_date')) as days_ago,
    from order_facts
    where ordered_at < getvariable('as_of_date')
)

select
    customer_id,
    max(days_ago) as tenure_days,
    case when sum(case when is_first_of_day then 1 else 0 end) = 1 then 1 else 0 end as is_one_time_buyer,
from orders
group by customer_id
