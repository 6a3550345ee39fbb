-- One row per customer who wrote to service or heard from it: the last moment before as_of_date, or since.
-- optional: support_tickets (customer_id varchar, opened_at timestamp)
with heard as (
    select customer_id, opened_at as heard_at from support_tickets where opened_at < getvariable('as_of_date')
    union all
    select customer_id, contacted_at from service_contacts
)

select
    customer_id,
    max(heard_at) as last_heard_at,
from heard
group by customer_id
