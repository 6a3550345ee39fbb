-- One row per class of expected value and risk band with customers: how many, what is at stake, what acting would earn.
with bands as (
    select
        risk_band,
        expected_value,
        value_at_risk,
        churn_risk,
        action,
        expected_net,
    from customer_list
    where is_scored
)

select
    edges.value_class,
    edges.value_from,
    edges.value_to,
    bands.risk_band,
    count(*) as customers,
    avg(bands.churn_risk) as mean_risk,
    sum(bands.expected_value) as expected_value,
    sum(bands.value_at_risk) as value_at_risk,
    count(bands.action) as suggested_actions,
    coalesce(sum(bands.expected_net), 0) as expected_net,
from bands
inner join value_edges as edges
    on bands.expected_value >= edges.value_from and bands.expected_value < coalesce(edges.value_to, 1e308)
group by all
order by edges.value_class, bands.risk_band
