-- One row per group of customers (the shop, each segment, each lifecycle stage): what they earned and are expected to.
-- clv_predicted: expected value × (1 − churn risk); with the value at risk it makes up the expected value.
with customers as (
    select
        listed.segment,
        listed.lifecycle_stage,
        earned.clv_historic,
        listed.expected_value,
        listed.value_at_risk,
    from customer_list as listed
    left join kpi_earned as earned on listed.customer_id = earned.customer_id
)

select
    case
        when grouping(segment) = 0 then 'segment'
        when grouping(lifecycle_stage) = 0 then 'lifecycle_stage'
        else 'shop'
    end as dimension,
    coalesce(segment, lifecycle_stage, '') as group_name,
    count(*) as customers,
    avg(clv_historic) as clv_historic,
    count(value_at_risk) as scored_customers,
    avg(expected_value - value_at_risk) as clv_predicted,
    sum(expected_value) as expected_value,
    sum(value_at_risk) as value_at_risk,
from customers
group by grouping sets ((), (segment), (lifecycle_stage))
order by dimension, value_at_risk desc nulls last, group_name
