-- One row per customer whose last NPS answer, within 90 days of as_of_date, was 0 to 6: who waits for a call back.
select
    customer_id,
    survey_id,
    answered_at,
    cast(score as integer) as score,
    comment,
    due_at,
    closed_at,
    closed_by,
    date_diff('second', answered_at, closed_at) / 3600.0 as hours_to_close,
    case
        when closed_at <= due_at then 'closed'
        when closed_at is not null then 'closed_late'
        when due_at < getvariable('as_of_date') then 'overdue'
        else 'waiting'
    end as state,
from experience_callbacks
where is_latest and answered_at >= getvariable('as_of_date') - interval 90 day
order by answered_at desc, survey_id
