-- One row per customer with a contract begun before the as-of date: the running one and what went before.
with contracts as (
    select
        customer_id,
        monthly_fee,
        date_diff('day', cast(started_at as date), getvariable('as_of_date')) as started_days_ago,
        -- Not ended as far as anyone knew. The next renewal lies ahead, so it is no fact yet.
        ended_at is null or ended_at >= getvariable('as_of_date') as is_running,
    from subscription_facts
    where started_at < getvariable('as_of_date')
)

select
    customer_id,
    sum(case when is_running then 1 else 0 end) as running_contracts,
    max(case when is_running then started_days_ago end) as contract_days,
    -- Contracts run in years more often than not: days until the next full year.
    min(case when is_running then 365 - mod(started_days_ago, 365) end) as days_to_anniversary,
    sum(case when is_running then monthly_fee end) as monthly_fee,
from contracts
group by customer_id
