-- One row per complete month, the newest 25: who was active twelve months before its end, and is at its end.
with

changes as (
    select
        customer_number,
        month,
        active_after,
        book_after,
        lead(month) over (partition by customer_number order by month) as next_change,
    from kpi_states
    where basis = case when getvariable('eligibility') = 'subscribed' then 'fees' else 'orders' end
),

newest as (
    select
        max(next_month) as last_month,
        max(month) - interval 36 month as first_month,
    from kpi_calendar
    where not is_running
),

ends as (
    -- what a month left behind stays until the next change
    select
        changes.customer_number,
        changes.book_after as book,
        unnest(range(
            cast(greatest(changes.month, newest.first_month) as timestamp),
            cast(least(coalesce(changes.next_change, newest.last_month), newest.last_month) as timestamp),
            interval 1 month
        )) as month,
    from changes
    cross join newest
    where changes.active_after > 0
),

numbered as (
    select
        customer_number * cast(100000 as bigint) + extract(year from month) * 12 + extract(month from month) as place,
        month,
        book,
    from ends
)

select
    cast(earlier.month + interval 12 month as date) as month,
    count(*) as active_then,
    count(later.place) as still_active,
    sum(earlier.book) as year_start,
    sum(case when later.book > earlier.book then later.book - earlier.book else 0 end) as year_expansion,
    sum(case when later.book < earlier.book then earlier.book - later.book else 0 end) as year_contraction,
    sum(case when later.place is null then earlier.book else 0 end) as year_churned,
from numbered as earlier
left join numbered as later on later.place = earlier.place + 12
where earlier.month + interval 12 month < (select last_month from newest)
group by 1
