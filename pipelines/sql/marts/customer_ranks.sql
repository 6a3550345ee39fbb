-- One row per scored customer: places by churn risk and by value at risk. Equal ones share a place and are counted.
with

rounded as (
    -- coarser than the order in which a computer adds, finer than the distance of a million customers' risks
    select
        customer_id,
        round(churn_risk, 9) as churn_risk,
        round(churn_risk * expected_value, 6) as value_at_risk,
    from customer_scores
)

select
    customer_id,
    rank() over (order by churn_risk desc) as risk_rank,
    count(*) over (partition by churn_risk) - 1 as risk_ties,
    rank() over (order by value_at_risk desc) as value_rank,
    count(*) over (partition by value_at_risk) - 1 as value_ties,
from rounded
