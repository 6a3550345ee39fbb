-- One row per score that is no probability, no money or without a band: none may.
select
    customer_id,
    churn_risk,
    expected_value,
from customer_scores
where
    churn_risk is null
    or churn_risk < 0
    or churn_risk > 1
    or isnan(churn_risk)
    or expected_value is null
    or expected_value < 0
    or isnan(expected_value)
    or risk_band is null
