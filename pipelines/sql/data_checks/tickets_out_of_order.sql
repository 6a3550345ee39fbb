-- One row per ticket that was answered, solved or reopened before it was opened.
select
    customer_id,
    ticket_id as row_key,
    'opened ' || cast(opened_at as varchar) || ', earliest later step '
    || cast(least(first_replied_at, solved_at, reopened_at) as varchar) as found,
    date_diff('hour', least(first_replied_at, solved_at, reopened_at), opened_at) as weight,
from support_tickets
where
    (first_replied_at < opened_at or solved_at < opened_at or reopened_at < opened_at)
    and least(first_replied_at, solved_at, reopened_at) < cast(cast(opened_at as date) as timestamp)
