-- One row per ticket, every later step with its own moment.
with tickets as (
    select * from stg_support_tickets
)

select
    *,
    date_diff('second', opened_at, first_replied_at) / 3600.0 as reply_hours,
    date_diff('second', opened_at, solved_at) / 3600.0 as resolution_hours,
    -- Counts ratings in the order they came in, so that "the last one known" is the highest number.
    case
        when rated_at is not null
            then row_number() over (partition by customer_id order by rated_at nulls last, ticket_id)
    end as rating_number,
from tickets
order by customer_id, opened_at, ticket_id
