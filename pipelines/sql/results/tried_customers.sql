-- One row per customer and campaign of an action's latest draws: what is known of each is looked up for these alone.
with latest as (
    select
        *,
        row_number() over (partition by action order by started_at desc, unit) as place,
    from unit_outcomes
)

select
    unit,
    source,
    campaign_id,
    customer_id,
    started_at,
    action,
    is_treated,
    is_retained,
from latest
-- More would show smaller differences and cost seconds at every score.
where place <= 15000
order by unit
