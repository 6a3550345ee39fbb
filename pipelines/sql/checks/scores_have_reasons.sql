-- One row per scored customer whose contributions do not add up to the log-odds: none may.
with

told as (
    select
        customer_id,
        sum(contribution) as contribution,
    from customer_reasons
    group by customer_id
)

select
    customer_id,
    base_log_odds + coalesce(contribution, 0) + other_log_odds as total,
    log_odds,
from customer_log_odds
left join told using (customer_id)
where abs(base_log_odds + coalesce(contribution, 0) + other_log_odds - log_odds) > 1e-4
