-- One row per customer and campaign before as_of_date: the arm drawn for them, when it began, and what it cost.
-- optional: decided_campaigns (campaign_id varchar, name varchar, launched_at timestamp)
-- optional: decided_members (campaign_id varchar, customer_id varchar, arm varchar, action varchar, assigned_at timestamp)
-- optional: decided_contacts (campaign_id varchar, customer_id varchar, contacted_at timestamp, arm varchar, cost double)
with

spent_here as (
    select campaign_id, customer_id, sum(cost) as spent from decided_contacts
    where
        arm = 'treated'
        and contacted_at < getvariable('as_of_date')
    group by campaign_id, customer_id
),

drawn as (
    select 'shop' as source, campaign_id, customer_id, action, arm, contacted_at as started_at, spent
    from shop_contacts
    where place = 1

    union all

    select
        'workflow',
        members.campaign_id,
        members.customer_id,
        members.action,
        members.arm,
        cast(members.assigned_at as timestamp),
        spent,
    from decided_members as members
    inner join decided_campaigns as campaigns on members.campaign_id = campaigns.campaign_id
    left join spent_here
        on members.campaign_id = spent_here.campaign_id
        and members.customer_id = spent_here.customer_id
    where
        members.assigned_at < getvariable('as_of_date')
        and campaigns.launched_at < getvariable('as_of_date')
)

select
    row_number() over (order by source, campaign_id, customer_id) as unit,
    drawn.* exclude (spent),
    cast(started_at as date) as started_on,
    case when arm = 'treated' then coalesce(cast(spent as double), 0) else 0 end as contact_cost,
from drawn
