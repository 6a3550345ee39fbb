-- One row per persona: customers, risk and money.
select
    personas.persona_id,
    count(*) as customers,
    avg(scores.churn_risk) as mean_risk,
    sum(scores.expected_value) as expected_value,
    sum(scores.churn_risk * scores.expected_value) as value_at_risk,
    coalesce(sum(scores.expected_net), 0) as expected_net,
from customer_personas as personas
inner join customer_scores as scores using (customer_id)
group by personas.persona_id
