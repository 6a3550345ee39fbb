-- One row per customer eligible at the as-of date.
-- optional: subscription_facts (customer_id varchar, started_at timestamp, ended_at timestamp)
with orders as (
    select
        customer_id,
        date_diff('day', ordered_on, getvariable('as_of_date')) as days_ago,
        is_first_of_day,
    from order_facts
    where ordered_at < getvariable('as_of_date')
),

buyers as (
    select
        customer_id,
        min(days_ago) as days_since_last,
        max(days_ago) - min(days_ago) as first_to_last_days,
        sum(case when is_first_of_day then 1 else 0 end) as order_days,
    from orders
    group by customer_id
),

eligible_buyers as (
    select customer_id
    from buyers
    where
        case getvariable('eligibility')
            when 'active' then days_since_last <= getvariable('active_days')
            -- The next order is expected a cadence after the last one; it must fall around the horizon.
            when 'due' then
                order_days >= 2
                and first_to_last_days / (order_days - 1.0) - days_since_last
                between -getvariable('due_factor') * getvariable('horizon_days')
                and (1 + getvariable('due_factor')) * getvariable('horizon_days')
            else false
        end
),

subscribers as (
    select distinct customer_id
    from subscription_facts
    where
        getvariable('eligibility') = 'subscribed'
        and started_at < getvariable('as_of_date')
        and (ended_at is null or ended_at >= getvariable('as_of_date'))
),

final as (
    select customer_id from eligible_buyers
    union all
    select customer_id from subscribers
)

select
    customer_id,
    getvariable('as_of_date') as as_of_date,
from final
