-- One row per contract, by customer and start: its days, and whether its end was one (a change of plan is none).
-- optional: subscription_facts (customer_id varchar, started_at timestamp, ended_at timestamp)
with

contracts as (
    select
        people.customer_number,
        date_diff('day', date '1970-01-01', cast(facts.started_at as date)) as day,
        case
            when facts.ended_at < getvariable('as_of_date')
                then date_diff('day', date '1970-01-01', cast(facts.ended_at as date))
        end as end_day,
    from subscription_facts as facts
    inner join journey_people as people on facts.customer_id = people.customer_id
    where facts.started_at < getvariable('as_of_date')
)

select
    *,
    coalesce(
        lead(day) over (partition by customer_number order by day) - end_day between 0 and 1, false
    ) as is_switched,
from contracts
order by customer_number, day
