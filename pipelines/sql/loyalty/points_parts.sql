-- One row per group, where the shop keeps points or tiers at all: how many of its customers hold some.
with holders as (
    select
        customer_id,
        loyalty_points > 0 or loyalty_tier is not null as holds,
        count(loyalty_points) over () + count(loyalty_tier) over () > 0 as is_kept,
    from customers
)

select
    members.segment,
    'points' as part,
    sum(case when holders.holds then 1 else 0 end) as hits,
    count(*) as n,
from loyal_members as members
inner join holders using (customer_id)
where holders.is_kept
group by members.segment
