-- One row per customer and order day before as_of_date, by customer and day: the rhythm so far, and the next order day.
with

order_days as (
    select distinct
        customer_number,
        date_diff('day', date '1970-01-01', ordered_on) as day,
    from order_facts
    where ordered_on < getvariable('as_of_date')
),

gaps as (
    select
        *,
        day - lag(day) over (partition by customer_number order by day) as gap_days,
        lead(day) over (partition by customer_number order by day) as next_day,
    from order_days
),

rhythm as (
    select
        *,
        row_number() over so_far as order_days,
        median(gap_days) over so_far as median_gap_days,
    from gaps
    window so_far as (partition by customer_number order by day)
),

earlier as (
    select
        *,
        lag(median_gap_days) over (partition by customer_number order by day) as previous_median_gap_days,
    from rhythm
)

select
    *,
from earlier
-- the last state that anybody asks for begins before the first day of the journey and ends in it
where next_day is null or next_day > getvariable('journey_from')
order by customer_number, day
