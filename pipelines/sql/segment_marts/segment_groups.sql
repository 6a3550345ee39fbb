-- One row per RFM group and per lifecycle stage: size, rhythm, money, risk, and what became of the group last time.
with

listed as (
    select
        'segment' as dimension,
        segment as group_name,
        *,
    from customer_list

    union all

    select
        'lifecycle_stage',
        lifecycle_stage,
        *,
    from customer_list
),

groups as (
    select
        dimension,
        group_name,
        count(*) as customers,
        sum(case when is_eligible then 1 else 0 end) as eligible_customers,
        avg(churn_risk) as mean_risk,
        sum(expected_value) as expected_value,
        sum(value_at_risk) as value_at_risk,
        sum(revenue_12m) as revenue_12m,
        median(days_since_last_order) as days_since_last_order,
        avg(order_days) as order_days,
        avg(revenue_total) as revenue_per_customer,
        count(action) as suggested_actions,
        sum(expected_net) as expected_net,
    from listed
    where group_name is not null
    group by dimension, group_name
)

select
    groups.*,
    outcomes.as_of_date as outcome_from,
    outcomes.until as outcome_until,
    outcomes.customers as outcome_customers,
    outcomes.churned as outcome_churned,
from groups
left join segment_outcomes as outcomes using (dimension, group_name)
order by dimension, value_at_risk desc nulls last, revenue_12m desc, group_name
