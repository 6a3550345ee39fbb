-- One row per group: how many of its customers wrote a review or brought somebody in the 12 months before as_of_date.
with speakers as (
    select distinct customer_id
    from touchpoint_facts
    where
        recommendations > 0
        and occurred_on < getvariable('as_of_date')
        and occurred_on >= getvariable('as_of_date') - interval 12 month
)

select
    members.segment,
    'voice' as part,
    count(speakers.customer_id) as hits,
    count(*) as n,
from loyal_members as members
left join speakers using (customer_id)
where exists (select 1 from touchpoint_facts where recommendations > 0)
group by members.segment
