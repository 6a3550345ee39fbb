-- One row per customer with a ticket before the as-of date: how often they needed help and how it went.
with tickets as (
    select
        customer_id,
        date_diff('day', cast(opened_at as date), getvariable('as_of_date')) as days_ago,
        first_replied_at < getvariable('as_of_date') as is_answered,
        case when first_replied_at < getvariable('as_of_date') then reply_hours end as reply_hours,
        case when solved_at < getvariable('as_of_date') then resolution_hours end as resolution_hours,
        coalesce(reopened_at < getvariable('as_of_date'), false) as is_reopened,
        -- Open: not solved as far as anyone knew, or reopened since.
        not coalesce(solved_at < getvariable('as_of_date'), false)
        or coalesce(reopened_at < getvariable('as_of_date') and reopened_at > solved_at, false) as is_open,
        case when rated_at < getvariable('as_of_date') then satisfaction end as rating,
        rating_number,
    from ticket_facts
    where opened_at < getvariable('as_of_date')
),

sums as (
    select
        customer_id,
        sum(case when days_ago <= 90 then 1 else 0 end) as tickets_90d,
        sum(case when days_ago <= 365 then 1 else 0 end) as tickets_365d,
        min(days_ago) as days_since_ticket,
        -- Nobody waits for an answer that is half a year late: older ones count as forgotten, not as open.
        sum(case when is_open and days_ago <= 180 then 1 else 0 end) as open_tickets,
        max(case when is_open and days_ago <= 180 then days_ago end) as open_ticket_days,
        max(case when is_open and not coalesce(is_answered, false) and days_ago <= 180 then days_ago end)
            as unanswered_days,
        avg(case when days_ago <= 365 then reply_hours end) as mean_reply_hours,
        max(case when days_ago <= 180 then reply_hours end) as slowest_reply_hours_180d,
        avg(case when days_ago <= 365 then resolution_hours end) as mean_resolution_hours,
        sum(case when is_reopened and days_ago <= 365 then 1 else 0 end) as reopened_tickets_365d,
        arg_max(rating, case when rating is not null then rating_number end) as last_rating,
    from tickets
    group by customer_id
)

select
    customer_id,
    tickets_90d,
    tickets_365d,
    days_since_ticket,
    open_tickets,
    open_ticket_days,
    unanswered_days,
    mean_reply_hours,
    slowest_reply_hours_180d,
    mean_resolution_hours,
    reopened_tickets_365d,
    last_rating as last_ticket_rating,
from sums
