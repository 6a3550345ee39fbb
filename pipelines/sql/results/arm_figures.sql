-- One row per campaign, action and arm: customers, and mean and spread of everything that is compared.
-- Money keeps its covariance with the margin of the year before, which explains much of it.
select
    source,
    campaign_id,
    action,
    is_treated,
    count(*) as n,
    avg(cast(is_retained as double)) as retention,
    avg(revenue) as revenue,
    var_samp(revenue) as revenue_variance,
    covar_samp(revenue, margin_before) as revenue_covariance,
    avg(margin) as margin,
    var_samp(margin) as margin_variance,
    covar_samp(margin, margin_before) as margin_covariance,
    avg(contact_cost) as contact_cost,
    var_samp(contact_cost) as contact_cost_variance,
    covar_samp(contact_cost, margin_before) as contact_cost_covariance,
    avg(net) as net,
    var_samp(net) as net_variance,
    covar_samp(net, margin_before) as net_covariance,
    avg(margin_before) as margin_before,
    var_samp(margin_before) as margin_before_variance,
    avg(order_margin) as order_margin,
    avg(order_revenue) as order_revenue,
    avg(cast(has_complained as double)) as complaints,
    avg(cast(has_unsubscribed as double)) as unsubscribes,
    count(is_satisfied) as csat_n,
    avg(cast(is_satisfied as double)) as csat,
from unit_outcomes
group by source, campaign_id, action, is_treated
order by source, campaign_id, action, is_treated
