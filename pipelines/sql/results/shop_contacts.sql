-- One row per retention contact in the shop's own tables before as_of_date, numbered within customer and campaign.
-- optional: contacts (contact_id varchar, customer_id varchar, contacted_at timestamp, action varchar, arm varchar, campaign varchar, cost double)
-- optional: decided_campaigns (campaign_id varchar, name varchar, launched_at timestamp)
with

named as (
    -- contacts without a campaign are those of their action and month
    select
        *,
        coalesce(nullif(campaign, ''), action || ' ' || left(cast(contacted_at as varchar), 7)) as campaign_id,
    from contacts
    where contacted_at < getvariable('as_of_date')
),

-- a shop may write its own time, which lags UTC by up to a day
launched_here as (
    select
        known_as,
        cast(min(launched_at) as date) - 1 as first_day,
    from (
        select campaign_id as known_as, launched_at from decided_campaigns
        union all
        select name, launched_at from decided_campaigns
    ) as names
    group by known_as
)

select
    campaign_id,
    customer_id,
    contacted_at,
    action,
    arm,
    row_number() over (partition by campaign_id, customer_id order by contacted_at, contact_id) as place,
    sum(case when arm = 'treated' then cost end) over (partition by campaign_id, customer_id) as spent,
from named
left join launched_here on named.campaign_id = launched_here.known_as
-- what was decided here and then came back with the shop's contacts counts once; an older campaign of that name stays
where launched_here.known_as is null or named.contacted_at < launched_here.first_day
