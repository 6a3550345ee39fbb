-- One row per detractor's answer (NPS 0 to 6) of the last 25 months: who talked to them since, and when.
-- Talking is a call or an answer of the help desk within 30 days, or what the team recorded, however late; an e-mail
-- to many is not, nor a call that reached nobody.
-- optional: surveys (survey_id varchar, customer_id varchar, answered_at timestamp, kind varchar, score double, comment varchar)
-- optional: contacts (customer_id varchar, contacted_at timestamp, arm varchar, channel varchar)
-- optional: decided_outcomes (customer_id varchar, result varchar, recorded_at timestamp)
with

answers as (
    select
        *,
        row_number() over (partition by customer_id order by answered_at desc, survey_id desc) = 1 as is_latest,
    from surveys
    where kind = 'nps' and answered_at < getvariable('as_of_date')
),

talks as (
    select customer_id, contacted_at as talked_at, 'contact' as talk
    from contacts
    where arm = 'treated' and coalesce(channel, 'phone') = 'phone' and contacted_at < getvariable('as_of_date')
    union all
    select customer_id, replied_at, 'ticket' from experience_known_tickets where replied_at is not null
    union all
    -- what the team has recorded is known today, whatever day the scores are of
    select customer_id, recorded_at, 'outcome' from decided_outcomes where result <> 'not reached'
)

select
    answers.survey_id,
    answers.customer_id,
    answers.answered_at,
    answers.score,
    answers.is_latest,
    any_value(answers.comment) as comment,
    answers.answered_at + interval 48 hour as due_at,
    min(talks.talked_at) as closed_at,
    arg_min(talks.talk, talks.talked_at) as closed_by,
from answers
left join talks
    on answers.customer_id = talks.customer_id
    and talks.talked_at > answers.answered_at
    and (talks.talk = 'outcome' or talks.talked_at <= answers.answered_at + interval 30 day)
where
    answers.score <= 6
    and answers.answered_at >= date_trunc('month', getvariable('as_of_date') - interval 24 month)
group by answers.survey_id, answers.customer_id, answers.answered_at, answers.score, answers.is_latest
