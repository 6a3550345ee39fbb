-- One row per customer with a survey answer before the as-of date: what they said.
with answers as (
    select
        *,
        date_diff('day', cast(answered_at as date), getvariable('as_of_date')) as days_ago,
    from survey_facts
    where answered_at < getvariable('as_of_date')
),

sums as (
    select
        customer_id,
        min(days_ago) as days_since_answer,
        sum(case when days_ago <= 365 then 1 else 0 end) as answers_365d,
        arg_max(score, case when kind = 'nps' then answer_number end) as last_nps,
        arg_max(score, case when kind = 'csat' then answer_number end) as last_csat,
        arg_max(score, case when kind = 'ces' then answer_number end) as last_ces,
        sum(case when kind = 'nps' then score end) as nps_sum,
        count(case when kind = 'nps' then score end) as nps_answers,
    from answers
    group by customer_id
)

select
    customer_id,
    days_since_answer,
    answers_365d,
    last_nps as last_recommendation_score,
    last_nps - (nps_sum - last_nps) / nullif(nps_answers - 1.0, 0) as recommendation_change,
    last_csat as last_satisfaction_score,
    last_ces as last_ease_score,
from sums
