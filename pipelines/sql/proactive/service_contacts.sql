-- One row per contact that service made with a customer, from the shop's table and from the contact log.
-- optional: contacts (customer_id varchar, contacted_at timestamp, arm varchar, action varchar)
-- optional: decided_contacts (customer_id varchar, contacted_at timestamp, arm varchar, action varchar)
with made as (
    select customer_id, contacted_at, action from contacts where arm = 'treated'
    union all
    select customer_id, contacted_at, action from decided_contacts where arm = 'treated'
)

select
    made.customer_id,
    made.contacted_at,
from made
inner join service_actions on made.action = service_actions.action
where made.contacted_at >= getvariable('as_of_date') - interval 120 day
