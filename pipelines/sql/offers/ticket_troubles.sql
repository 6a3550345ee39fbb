-- One row per customer with a ticket before as_of_date: when did one last come back or go slowly.
with tickets as (
    select
        *,
        first_replied_at < getvariable('as_of_date') and reply_hours > getvariable('slow_reply_hours') as is_slow,
        reopened_at < getvariable('as_of_date') as is_reopened,
    from ticket_facts
    where opened_at < getvariable('as_of_date')
)

select
    customer_id,
    cast(max(case when is_reopened then reopened_at end) as date) as reopened_on,
    cast(max(case when is_slow then first_replied_at end) as date) as slow_on,
from tickets
group by customer_id
