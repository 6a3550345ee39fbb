-- One row per rating of 1 to 5 stars in the year before as_of_date: a ticket's, or of a survey about what came before.
-- optional: support_tickets (customer_id varchar, opened_at timestamp, first_replied_at timestamp, reopened_at timestamp, satisfaction bigint, rated_at timestamp)
-- optional: surveys (customer_id varchar, answered_at timestamp, kind varchar, score double)
with

stars as (
    select
        customer_id,
        rated_at as answered_at,
        satisfaction as score,
        case
            when coalesce(reopened_at < rated_at, false) then 'reopened'
            when coalesce(first_replied_at <= opened_at + interval 24 hour, false) then 'quick reply'
            else 'slow reply'
        end as touchpoint,
    from support_tickets
    where satisfaction is not null
    union all
    select customer_id, answered_at, score, null
    from surveys
    where kind = 'csat'
)

select
    people.customer_number,
    date_diff('day', date '1970-01-01', cast(stars.answered_at as date)) as day,
    stars.touchpoint,
    case when stars.score >= 4 then 1 else 0 end as is_good,
from stars
inner join journey_people as people on stars.customer_id = people.customer_id
where
    stars.answered_at < getvariable('as_of_date')
    and stars.answered_at >= getvariable('as_of_date') - interval 365 day
