-- One row per campaign: how many were drawn, and the day after which its result may be read.
-- optional: decided_campaigns (campaign_id varchar, name varchar, stop_on date, control_share double, closed_at timestamp)
with drawn as (
    select
        source,
        campaign_id,
        count(distinct action) as actions,
        sum(case when arm = 'treated' then 1 else 0 end) as treated_n,
        sum(case when arm = 'control' then 1 else 0 end) as control_n,
        min(started_on) as started_on,
        max(started_on) + getvariable('horizon_days') as last_day,
    from campaign_units
    group by source, campaign_id
)

select
    drawn.* exclude (last_day),
    coalesce(decided.name, drawn.campaign_id) as name,
    -- a stop date that comes before the outcomes are known waits for them
    greatest(drawn.last_day, coalesce(cast(decided.stop_on as date), drawn.last_day)) as stop_on,
    cast(decided.control_share as double) as control_share,
    -- who ends a campaign early has no result of it
    coalesce(
        cast(decided.closed_at as timestamp) < getvariable('as_of_date')
        and cast(decided.closed_at as date) <= cast(decided.stop_on as date),
        false
    ) as is_called_off,
from drawn
left join decided_campaigns as decided
    on drawn.campaign_id = decided.campaign_id
    and drawn.source = 'workflow'
