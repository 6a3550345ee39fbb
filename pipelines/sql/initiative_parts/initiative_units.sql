-- One row per customer drawn into a service initiative, and per past moment alike that shows what happens without one.
-- Of the past each customer counts once per trigger and window: with the first moment of the year before the window.
-- optional: initiative_designs (campaign_id varchar, window_days integer)
-- optional: decided_members (campaign_id varchar, customer_id varchar, arm varchar, assigned_at timestamp)
-- optional: decided_contacts (campaign_id varchar, customer_id varchar, contacted_at timestamp, arm varchar, cost double)
with

spent as (
    select campaign_id, customer_id, sum(cost) as cost from decided_contacts
    where
        arm = 'treated'
        and contacted_at < getvariable('as_of_date')
    group by campaign_id, customer_id
),

drawn as (
    select
        'drawn' as kind,
        members.campaign_id as key,
        members.customer_id,
        cast(members.assigned_at as timestamp) as started_at,
        designs.window_days,
        members.arm,
        case when members.arm = 'treated' then coalesce(spent.cost, 0) else 0 end as cost,
    from decided_members as members
    inner join initiative_designs as designs on members.campaign_id = designs.campaign_id
    left join spent on members.campaign_id = spent.campaign_id and members.customer_id = spent.customer_id
    where members.assigned_at < getvariable('as_of_date')
),

alike as (
    select
        moments.trigger,
        moments.customer_id,
        windows.window_days,
        min(moments.found_at) as found_at,
    from initiative_moments as moments
    cross join initiative_windows as windows
    where
        moments.found_at < getvariable('as_of_date') - windows.window_days
        and moments.found_at >= getvariable('as_of_date') - windows.window_days - 365
    group by moments.trigger, moments.customer_id, windows.window_days
),

every_unit as (
    select * from drawn
    union all
    select 'base', trigger, customer_id, found_at, window_days, 'control', 0 from alike
)

select
    row_number() over () as unit,
    every_unit.*,
    cast(started_at as date) as started_on,
    cast(started_at as date) + window_days as last_day,
    cast(started_at as date) + cast(getvariable('horizon_days') as integer) as horizon_day,
from every_unit
