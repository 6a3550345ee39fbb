-- One row per order that a ticket before as_of_date names: the customer has written about it.
-- optional: support_tickets (order_id varchar, opened_at timestamp)
select distinct order_id
from support_tickets
where
    opened_at < getvariable('as_of_date')
    and order_id is not null
