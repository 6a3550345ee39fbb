-- One row per customer who answered the recommendation question before as_of_date: what they said last.
select
    customer_id,
    arg_max(score, answer_number) as nps,
from survey_facts
where
    kind = 'nps'
    and answered_at < getvariable('as_of_date')
group by customer_id
