-- One row per retention contact made with a scored customer, by the customer's number: the day, channel and action.
-- optional: contacts (customer_id varchar, contacted_at timestamp, arm varchar, channel varchar, action varchar)
select
    customer_states.position,
    date_diff('day', date '1970-01-01', cast(contacts.contacted_at as date)) as day,
    coalesce(contacts.channel, '') as channel,
    contacts.action,
from contacts
inner join customer_states on contacts.customer_id = customer_states.customer_id
where contacts.arm = 'treated'
order by customer_states.position, day
