-- One row per ticket opened before as_of_date, as known then.
-- optional: support_tickets (ticket_id varchar, customer_id varchar, opened_at timestamp, first_replied_at timestamp, solved_at timestamp, reopened_at timestamp, channel varchar, topic varchar, satisfaction bigint, rated_at timestamp)
select
    ticket_id,
    customer_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(topic, 'unknown') as topic,
    opened_at,
    case when first_replied_at < getvariable('as_of_date') then first_replied_at end as replied_at,
    case when solved_at < getvariable('as_of_date') then solved_at end as solved_at,
    coalesce(reopened_at < getvariable('as_of_date'), false) as is_reopened,
    -- a rating without its moment is unknown at every date
    case when rated_at < getvariable('as_of_date') then satisfaction end as satisfaction,
    case when rated_at < getvariable('as_of_date') and satisfaction is not null then rated_at end as rated_at,
from support_tickets
where opened_at < getvariable('as_of_date')
