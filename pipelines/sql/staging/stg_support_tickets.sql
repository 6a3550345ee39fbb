-- One row per ticket opened before known_until, with what was known by then.
select
    ticket_id,
    customer_id,
    opened_at,
    case when first_replied_at < getvariable('known_until') then first_replied_at end as first_replied_at,
    case when solved_at < getvariable('known_until') then solved_at end as solved_at,
    case when reopened_at < getvariable('known_until') then reopened_at end as reopened_at,
    -- A rating without its moment is unknown at every date.
    case when rated_at < getvariable('known_until') then satisfaction end as satisfaction,
    case when rated_at < getvariable('known_until') then rated_at end as rated_at,
from support_tickets
where opened_at < getvariable('known_until')
