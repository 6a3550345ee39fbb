-- One row per customer eligible at the as-of date.
-- optional: subscription_facts (customer_id varchar, started_at timestamp, ended_at timestamp)
with eligible_buyers as (
    select customer_number
    from order_sums
    where
        case getvariable('eligibility')
            when 'active' then days_since_last <= getvariable('active_days')
            -- The next order is expected a cadence after the last one; it must fall around the horizon.
            when 'due' then
                order_days >= 2
                and (days_since_first - days_since_last) / (order_days - 1.0) - days_since_last
                between -getvariable('due_factor') * getvariable('horizon_days')
                and (1 + getvariable('due_factor')) * getvariable('horizon_days')
            else false
        end
),

subscribers as (
    select distinct customer_numbers.customer_number
    from subscription_facts
    join customer_numbers on subscription_facts.customer_id = customer_numbers.customer_id
    where
        getvariable('eligibility') = 'subscribed'
        and started_at < getvariable('as_of_date')
        and (ended_at is null or ended_at >= getvariable('as_of_date'))
),

final as (
    select customer_number from eligible_buyers
    union all
    select customer_number from subscribers
)

select
    customer_numbers.customer_id,
    final.customer_number,
    getvariable('as_of_date') as as_of_date,
from final
join customer_numbers on final.customer_number = customer_numbers.customer_number
