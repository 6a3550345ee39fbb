-- One row per customer with a contract begun before the as-of date: the running one and what went before.
with contracts as (
    select
        customer_id,
        monthly_fee,
        date_diff('day', cast(started_at as date), getvariable('as_of_date')) as started_days_ago,
        case
            when ended_at < getvariable('as_of_date')
                then date_diff('day', cast(ended_at as date), getvariable('as_of_date'))
        end as ended_days_ago,
        -- Only renewals that have come: a date ahead is a plan that may still change.
        case
            when renews_at < getvariable('as_of_date')
                then date_diff('day', cast(renews_at as date), getvariable('as_of_date'))
        end as renewed_days_ago,
    from subscription_facts
    where started_at < getvariable('as_of_date')
)

select
    customer_id,
    sum(case when ended_days_ago is null then 1 else 0 end) as running_contracts,
    max(case when ended_days_ago is null then started_days_ago end) as contract_days,
    -- Contracts run in years more often than not: days until the next full year.
    min(case when ended_days_ago is null then 365 - mod(started_days_ago, 365) end) as days_to_anniversary,
    sum(case when ended_days_ago is null then monthly_fee end) as monthly_fee,
    min(case when ended_days_ago is null then renewed_days_ago end) as days_since_renewal,
    min(ended_days_ago) as days_since_contract_end,
from contracts
group by customer_id
