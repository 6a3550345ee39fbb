-- One row per day from the first ticket to as_of_date: the hours of service before it, and how many it has itself.
with

days as (
    select
        cast(unnest(range(
            cast(cast(min(opened_at) as date) as timestamp), cast(getvariable('as_of_date') as timestamp),
            interval 1 day
        )) as date) as day
    from experience_known_tickets
),

opened as (
    select
        day,
        case
            -- 5 January 1970 was a Monday, weekday 1
            when getvariable('service_days')
                like '%' || cast(mod(date_diff('day', date '1970-01-05', day), 7) + 1 as varchar) || '%'
                then getvariable('service_until') - getvariable('service_from')
            else 0
        end as hours,
    from days
)

select
    day,
    hours,
    sum(hours) over (order by day) - hours as hours_before,
from opened
