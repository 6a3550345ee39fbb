-- One row per ticket opened before as_of_date: hours of service from opening to the first reply and to the solution.
with

known as (
    select * from experience_known_tickets
),

moments as (
    select ticket_id, 'opened' as step, opened_at as happened_at from known
    union all
    select ticket_id, 'replied', replied_at from known where replied_at >= opened_at
    union all
    select ticket_id, 'solved', solved_at from known where solved_at >= opened_at
),

clocked as (
    select
        moments.ticket_id,
        moments.step,
        hours.hours_before + least(
            greatest(
                date_diff('second', cast(hours.day as timestamp), moments.happened_at) / 3600.0
                    - getvariable('service_from'),
                0
            ),
            hours.hours
        ) as service_clock,
    from moments
    inner join experience_hours as hours on cast(moments.happened_at as date) = hours.day
),

steps as (
    select
        ticket_id,
        max(case when step = 'opened' then service_clock end) as opened_clock,
        max(case when step = 'replied' then service_clock end) as replied_clock,
        max(case when step = 'solved' then service_clock end) as solved_clock,
    from clocked
    group by ticket_id
)

select
    known.*,
    cast(date_trunc('month', known.opened_at) as date) as month,
    known.opened_at >= getvariable('as_of_date') - interval 365 day as is_last_year,
    -- who is reopened had been solved
    known.solved_at is not null or known.is_reopened as was_solved,
    steps.replied_clock - steps.opened_clock as reply_hours,
    steps.solved_clock - steps.opened_clock as resolution_hours,
from known
inner join steps on known.ticket_id = steps.ticket_id
