-- One row per group: promoters as a whole, the indifferent as a half, of those whose last NPS answer is known.
with answers as (
    select
        customer_id,
        arg_max(score, answer_number) as nps,
    from survey_facts
    where kind = 'nps' and answered_at < getvariable('as_of_date')
    group by customer_id
)

select
    members.segment,
    'nps' as part,
    sum(case when answers.nps >= 9 then 1 when answers.nps > 6 then 0.5 else 0 end) as hits,
    count(*) as n,
from answers
inner join loyal_members as members using (customer_id)
group by members.segment
