-- One row per group: how many of its customers hold a contract that runs at as_of_date.
with contracts as (
    select distinct customer_id
    from subscription_facts
    where started_at < getvariable('as_of_date') and coalesce(ended_at >= getvariable('as_of_date'), true)
)

select
    members.segment,
    'contract' as part,
    count(contracts.customer_id) as hits,
    count(*) as n,
from loyal_members as members
left join contracts using (customer_id)
group by members.segment
