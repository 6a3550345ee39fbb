-- One row per customer with an order before as_of_date or a running contract: the worklist, most value at risk first.
-- Without a prediction: most revenue of the last 12 months first. Equal ones by customer number, never as they came.
-- optional: customers (customer_id varchar, name varchar, country varchar)
-- optional: eligible_customers (customer_id varchar)
with

people as (
    select customer_id from customer_cadence
    union
    select customer_id from customer_scores
    union
    select customer_id from eligible_customers
)

select
    people.customer_id,
    customers.name,
    customers.country,
    scores.customer_id is not null as is_scored,
    coalesce(scores.customer_id, eligible.customer_id) is not null as is_eligible,
    scores.churn_risk,
    scores.risk_band,
    ranks.risk_rank,
    ranks.risk_ties,
    scores.expected_value,
    scores.churn_risk * scores.expected_value as value_at_risk,
    ranks.value_rank,
    ranks.value_ties,
    segments.segment,
    segments.lifecycle_stage,
    reasons.top_reason,
    suggestions.action,
    suggestions.action_title,
    suggestions.channel,
    suggestions.expected_net,
    suggestions.cost,
    suggestions.agent_minutes,
    suggestions.blocked_by,
    suggestions.deferred_until,
    coalesce(suggestions.is_planned, false) as is_planned,
    cadence.first_ordered_on as first_ordered_at,
    cadence.last_ordered_on as last_ordered_at,
    cadence.days_since_last_order,
    cadence.median_gap_days as typical_gap_days,
    cadence.last_ordered_on + cast(cadence.median_gap_days as integer) as next_order_expected,
    cast(floor(cadence.days_since_last_order - cadence.median_gap_days) as integer) as days_overdue,
    coalesce(cadence.order_days, 0) as order_days,
    coalesce(cadence.orders, 0) as orders,
    coalesce(cadence.revenue_total, 0) as revenue_total,
    coalesce(cadence.revenue_12m, 0) as revenue_12m,
    coalesce(cadence.margin_12m, 0) as margin_12m,
    case when getvariable('has_tickets') then coalesce(tickets.open_tickets, 0) end as open_tickets,
    coalesce(consents.contactable_channels, case when getvariable('has_consents') then '' end) as contactable_channels,
    holdouts.customer_id is not null as is_held_out,
from people
left join customer_cadence as cadence using (customer_id)
left join customers using (customer_id)
left join customer_scores as scores using (customer_id)
left join eligible_customers as eligible using (customer_id)
left join customer_ranks as ranks using (customer_id)
left join customer_segments as segments using (customer_id)
left join customer_top_reasons as reasons using (customer_id)
left join customer_suggestions as suggestions using (customer_id)
left join customer_open_tickets as tickets using (customer_id)
left join customer_consents as consents using (customer_id)
left join customer_holdouts as holdouts using (customer_id)
order by value_at_risk desc nulls last, revenue_12m desc, people.customer_id
