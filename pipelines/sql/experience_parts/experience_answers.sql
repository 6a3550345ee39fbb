-- One row per survey answer or rated ticket before as_of_date: what was said, and the touchpoint it followed.
-- optional: surveys (survey_id varchar, customer_id varchar, answered_at timestamp, kind varchar, score double)
with

surveyed as (
    select *
    from surveys
    where answered_at < getvariable('as_of_date')
),

moments as (
    select customer_id, ordered_at as happened_at, coalesce(channel, 'unknown') || ' order' as touchpoint
    from orders
    where ordered_at >= getvariable('as_of_date') - interval 395 day
    union all
    select customer_id, opened_at, channel || ' support'
    from experience_known_tickets
    where opened_at >= getvariable('as_of_date') - interval 395 day
),

followed as (
    select
        surveyed.survey_id,
        arg_max(moments.touchpoint, moments.happened_at) as touchpoint,
    from surveyed
    inner join moments
        on surveyed.customer_id = moments.customer_id
        and moments.happened_at <= surveyed.answered_at
        and moments.happened_at >= surveyed.answered_at - interval 30 day
    where surveyed.answered_at >= getvariable('as_of_date') - interval 365 day
    group by surveyed.survey_id
),

answers as (
    select surveyed.kind, 'survey' as source, surveyed.score, surveyed.answered_at, followed.touchpoint, null as topic
    from surveyed
    left join followed on surveyed.survey_id = followed.survey_id
    union all
    select 'csat', 'ticket', satisfaction, rated_at, channel || ' support', topic
    from experience_known_tickets
    where rated_at is not null
)

select
    *,
    cast(date_trunc('month', answered_at) as date) as month,
    answered_at >= getvariable('as_of_date') - interval 365 day as is_last_year,
from answers
