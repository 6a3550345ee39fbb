-- One row per customer with a ticket before as_of_date: is one open, and when did one last come back or go slowly.
with tickets as (
    select
        *,
        reopened_at < getvariable('as_of_date') as is_reopened,
        opened_at >= getvariable('as_of_date') - interval 180 day
        and (
            coalesce(solved_at >= getvariable('as_of_date'), true)
            or coalesce(reopened_at < getvariable('as_of_date') and reopened_at > solved_at, false)
        ) as is_open,
    from ticket_facts
    where opened_at < getvariable('as_of_date')
)

select
    customer_id,
    bool_or(is_open) as has_open_ticket,
    cast(max(case when is_reopened then reopened_at end) as date) as reopened_on,
    cast(max(
        case
            when first_replied_at < getvariable('as_of_date') and reply_hours > getvariable('slow_reply_hours')
                then first_replied_at
        end
    ) as date) as slow_on,
from tickets
group by customer_id
