-- One row per customer whose contract ran at the as-of date: when it ended, and whether the next one followed at once.
with contracts as (
    select * from subscription_facts
),

last_ends as (
    select
        customer_id,
        max(coalesce(ended_at, timestamp '9999-01-01')) as ended_at,
    from contracts
    where
        started_at < getvariable('as_of_date')
        and (ended_at is null or ended_at >= getvariable('as_of_date'))
    group by customer_id
)

select
    last_ends.customer_id,
    last_ends.ended_at,
    -- Changing the plan ends one contract and starts the next within a day: that is staying.
    count(next_contract.customer_id) > 0 as is_switched,
from last_ends
left join contracts as next_contract
    on last_ends.customer_id = next_contract.customer_id
    and next_contract.started_at >= getvariable('as_of_date')
    and date_diff('day', cast(last_ends.ended_at as date), cast(next_contract.started_at as date)) between 0 and 1
group by last_ends.customer_id, last_ends.ended_at
