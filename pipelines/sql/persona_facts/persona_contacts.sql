-- One row per persona and channel: contacts made before as_of_date, and how many of them were answered by then.
-- One that stands both in the shop's table and in the contact log counts once, answered if either says so.
-- optional: contacts (contact_id varchar, customer_id varchar, contacted_at timestamp, responded_at timestamp, arm varchar, channel varchar)
-- optional: decided_contacts (contact_id varchar, customer_id varchar, contacted_at timestamp, responded_at timestamp, arm varchar, channel varchar)
with

logged as (
    select contact_id, customer_id, contacted_at, responded_at, arm, channel from contacts
    union all
    select contact_id, customer_id, contacted_at, responded_at, arm, channel from decided_contacts
),

made as (
    select
        contact_id,
        min(customer_id) as customer_id,
        min(channel) as channel,
        min(responded_at) as responded_at,
    from logged
    where arm = 'treated' and contacted_at < getvariable('as_of_date')
    group by contact_id
)

select
    persona_id,
    channel,
    count(*) as contacts,
    sum(case when responded_at < getvariable('as_of_date') then 1 else 0 end) as answers,
from made
inner join customer_personas using (customer_id)
group by persona_id, channel
