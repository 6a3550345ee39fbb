-- One row per contract begun before as_of_date, where contracts are predicted: the days it ran and its monthly fee.
-- optional: subscription_facts (customer_id varchar, started_at timestamp, ended_at timestamp, monthly_fee double)
with contracts as (
    select
        customer_id,
        cast(started_at as date) as started_on,
        cast(ended_at as date) as ended_on,
        lead(cast(started_at as date)) over (partition by customer_id order by started_at, ended_at) as next_started_on,
        row_number() over (partition by customer_id order by started_at, ended_at) as contract_number,
        monthly_fee,
    from subscription_facts
    where
        getvariable('eligibility') = 'subscribed'
        and started_at < getvariable('as_of_date')
)

select
    numbers.customer_number,
    contracts.started_on,
    -- changing the plan ends one contract and starts the next within a day: the customer stays
    case
        when contracts.next_started_on - contracts.ended_on between 0 and 1 then contracts.next_started_on
        -- an end before the start is an error of the source: such a contract never ran
        else greatest(contracts.ended_on, case when contracts.ended_on is not null then contracts.started_on end)
    end as ended_on,
    contracts.contract_number,
    cast(coalesce(contracts.monthly_fee, 0) as decimal(18, 2)) as monthly_fee,
from contracts
inner join customer_numbers as numbers on contracts.customer_id = numbers.customer_id
