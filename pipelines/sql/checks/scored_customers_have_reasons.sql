-- One row per scored customer about whom not even "nothing sets this customer apart" is said: none may be.
select
    customer_id,
    churn_risk,
from customer_scores
anti join customer_reasons using (customer_id)
