-- One row per customer who waits for an answer at as_of_date: how many tickets are open.
-- optional: support_tickets (customer_id varchar, opened_at timestamp, solved_at timestamp, reopened_at timestamp)
select
    customer_id,
    count(*) as open_tickets,
from support_tickets
where
    opened_at < getvariable('as_of_date')
    -- as the feature of this name: unsolved or reopened, and not forgotten for half a year
    and opened_at >= getvariable('as_of_date') - interval 180 day
    and (
        coalesce(solved_at >= getvariable('as_of_date'), true)
        or coalesce(reopened_at < getvariable('as_of_date') and reopened_at > solved_at, false)
    )
group by customer_id
