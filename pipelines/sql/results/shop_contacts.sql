-- One row per retention contact in the shop's own tables before as_of_date, numbered within customer and campaign.
-- optional: contacts (contact_id varchar, customer_id varchar, contacted_at timestamp, action varchar, arm varchar, campaign varchar, cost double)
-- optional: decided_campaigns (campaign_id varchar, name varchar)
with named as (
    -- contacts without a campaign are those of their action and month
    select
        *,
        coalesce(nullif(campaign, ''), action || ' ' || left(cast(contacted_at as varchar), 7)) as campaign_id,
    from contacts
    where contacted_at < getvariable('as_of_date')
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
-- what was decided here and then came back with the shop's contacts counts once
where campaign_id not in (select campaign_id from decided_campaigns union all select name from decided_campaigns)
