-- One row per thing that happened with a ticket before as_of_date, on the day on which it was known.
with

known as (
    select
        customer_id,
        opened_at,
        coalesce(first_replied_at <= opened_at + interval 24 hour, false) as is_quick,
        first_replied_at,
        reopened_at,
        coalesce(solved_at <= opened_at + interval 7 day, false) as is_solved_in_a_week,
    from support_tickets
    where opened_at < getvariable('as_of_date') and opened_at >= getvariable('journey_since')
),

moments as (
    select customer_id, opened_at as happened_at, 'ticket' as touchpoint from known
    union all
    select customer_id, first_replied_at, 'quick reply' from known where is_quick
    union all
    select customer_id, opened_at + interval 24 hour, 'slow reply' from known where not is_quick
    union all
    select customer_id, reopened_at, 'reopened' from known
    union all
    select customer_id, opened_at + interval 7 day, 'unsolved' from known where not is_solved_in_a_week
)

select
    customer_id,
    date_diff('day', date '1970-01-01', cast(happened_at as date)) as day,
    touchpoint,
from moments
where happened_at < getvariable('as_of_date')
