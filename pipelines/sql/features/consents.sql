-- One row per customer with a consent given or withdrawn before the as-of date: how they may be reached.
with changes as (
    select
        *,
        date_diff('day', cast(changed_at as date), getvariable('as_of_date')) as days_ago,
    from consent_facts
    where changed_at < getvariable('as_of_date')
),

latest as (
    select
        customer_id,
        channel,
        arg_max(granted, changed_at) as is_granted,
        sum(case when not granted and days_ago <= 365 then 1 else 0 end) as withdrawals_365d,
    from changes
    group by customer_id, channel
)

select
    customer_id,
    sum(case when is_granted then 1 else 0 end) as consented_channels,
    sum(withdrawals_365d) as withdrawn_consents_365d,
from latest
group by customer_id
