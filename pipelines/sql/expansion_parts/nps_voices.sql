-- One row per customer looked at with an answer to the recommendation question: the parts of the rule of advocates.
-- optional: ticket_facts (customer_id varchar, satisfaction double, rated_at timestamp)
-- optional: touchpoints (customer_id varchar, kind varchar, occurred_at timestamp)
with

answers as (
    select
        customer_id,
        arg_max(score, answer_number) as nps,
        max(answered_at) as answered_at,
    from survey_facts
    where kind = 'nps' and answered_at < getvariable('as_of_date')
    group by customer_id
),

disappointments as (
    select customer_id, answered_at as said_at from survey_facts
    where kind = 'csat' and score <= 2 and answered_at < getvariable('as_of_date')
    union all
    select customer_id, rated_at from ticket_facts
    where satisfaction <= 2 and rated_at < getvariable('as_of_date')
),

last_disappointments as (
    select customer_id, max(said_at) as said_at from disappointments
    group by customer_id
),

brought as (
    select customer_id, count(*) as referrals from touchpoints
    where kind = 'referral' and occurred_at < getvariable('as_of_date')
    group by customer_id
)

select
    listed.customer_id,
    answers.nps,
    answers.answered_at,
    answers.answered_at >= getvariable('as_of_date') - interval 12 month as is_recent,
    answers.nps >= 9 and coalesce(last_disappointments.said_at <= answers.answered_at, true) as is_satisfied,
    coalesce(listed.segment = 'Champions', false) as is_loyal,
    -- without a model the own rhythm says it
    case
        when listed.risk_band is null then listed.lifecycle_stage not in ('cooling', 'at risk', 'lapsed')
        else listed.risk_band in ('low', 'medium')
    end as is_safe,
    coalesce(listed.open_tickets, 0) = 0 as is_served,
    coalesce(brought.referrals, 0) as referrals,
from customer_list as listed
inner join answers on listed.customer_id = answers.customer_id
left join last_disappointments on listed.customer_id = last_disappointments.customer_id
left join brought on listed.customer_id = brought.customer_id
where listed.is_eligible
