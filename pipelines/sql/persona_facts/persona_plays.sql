-- One row per persona with a suggested action: the one that is expected to earn most over its customers.
with

earned as (
    select
        personas.persona_id,
        scores.action,
        count(*) as customers,
        sum(scores.expected_net) as expected_net,
    from customer_personas as personas
    inner join customer_scores as scores using (customer_id)
    where scores.action is not null
    group by personas.persona_id, scores.action
),

ranked as (
    select
        *,
        row_number() over (partition by persona_id order by expected_net desc, action) as rank,
    from earned
)

select
    ranked.persona_id,
    ranked.action as play,
    actions.title as play_title,
    ranked.customers as play_customers,
    ranked.expected_net as play_net,
from ranked
left join actions using (action)
where ranked.rank = 1
