-- One row per persona: customers, risk and money.
select
    personas.persona_id,
    count(*) as customers,
    avg(list.churn_risk) as mean_risk,
    sum(list.expected_value) as expected_value,
    sum(list.value_at_risk) as value_at_risk,
    coalesce(sum(list.expected_net), 0) as expected_net,
from customer_personas as personas
inner join customer_list as list using (customer_id)
group by personas.persona_id
