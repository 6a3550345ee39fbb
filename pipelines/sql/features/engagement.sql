-- One row per customer with a touchpoint before the as-of date: how much they look, open and click.
with days as (
    select
        *,
        date_diff('day', occurred_on, getvariable('as_of_date')) as days_ago,
    from touchpoint_facts
    where occurred_on < getvariable('as_of_date')
),

sums as (
    select
        customer_id,
        min(case when visits > 0 then days_ago end) as days_since_visit,
        sum(case when days_ago <= 30 then visits else 0 end) as visits_30d,
        sum(case when days_ago <= 90 then visits else 0 end) as visits_90d,
        sum(case when days_ago <= 180 then visits else 0 end) as visits_180d,
        sum(case when days_ago <= 30 then carts_abandoned else 0 end) as abandoned_carts_30d,
        sum(case when days_ago <= 180 then emails_sent else 0 end) as emails_sent_180d,
        sum(case when days_ago <= 180 then emails_opened else 0 end) as emails_opened_180d,
        min(case when emails_opened > 0 then days_ago end) as days_since_email_opened,
        sum(recommendations) as recommendations,
        sum(case when days_ago <= 365 then unsubscribes else 0 end) as unsubscribes_365d,
    from days
    group by customer_id
)

select
    customer_id,
    days_since_visit,
    visits_90d,
    -- Visits of the last 30 days against the monthly number of the five months before them.
    visits_30d / nullif((visits_180d - visits_30d) / 5.0, 0) as visit_trend,
    abandoned_carts_30d,
    -- An e-mail sent before may be opened within the window, so the rate is capped.
    case
        when emails_sent_180d > 0 and emails_opened_180d > emails_sent_180d then 1
        else emails_opened_180d / nullif(emails_sent_180d * 1.0, 0)
    end as email_open_rate,
    days_since_email_opened,
    recommendations,
    unsubscribes_365d,
from sums
