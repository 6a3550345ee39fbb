-- One row per retention contact made with a scored customer, by the customer's number: the day, channel and action.
-- One that stands both in the shop's table and in the contact log counts once, as it was logged here. A change in how a
-- ticket is served is no contact: it counts only where it is an action of the catalogue, such as a notice.
-- optional: decided_initiatives (campaign_id varchar)
-- optional: contacts (contact_id varchar, customer_id varchar, contacted_at timestamp, arm varchar, channel varchar, action varchar)
-- optional: decided_contacts (contact_id varchar, customer_id varchar, contacted_at timestamp, arm varchar, channel varchar, action varchar, campaign_id varchar)
with made as (
    select
        customer_id,
        contacted_at,
        channel,
        action,
    from contacts
    where
        arm = 'treated'
        and contact_id not in (select contact_id from decided_contacts)

    union all

    select
        customer_id,
        contacted_at,
        channel,
        action,
    from decided_contacts
    where
        arm = 'treated'
        and (
            action in (select action from actions)
            or coalesce(campaign_id, '') not in (select campaign_id from decided_initiatives)
        )
)

select
    customer_states.position,
    date_diff('day', date '1970-01-01', cast(made.contacted_at as date)) as day,
    coalesce(made.channel, '') as channel,
    made.action,
from made
inner join customer_states on made.customer_id = customer_states.customer_id
order by customer_states.position, day
