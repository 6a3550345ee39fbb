-- One row per customer with an order before as_of_date or a running contract: the worklist, most value at risk first.
-- optional: customers (customer_id varchar, name varchar, country varchar)
with

people as (
    select customer_id from customer_cadence
    union
    select customer_id from customer_scores
),

top_reasons as (
    select
        customer_id,
        arg_min(reason, rank) as top_reason,
    from customer_reasons
    where contribution > 0
    group by customer_id
)

select
    people.customer_id,
    customers.name,
    customers.country,
    scores.customer_id is not null as is_scored,
    scores.churn_risk,
    scores.risk_band,
    scores.expected_value,
    scores.churn_risk * scores.expected_value as value_at_risk,
    segments.segment,
    segments.lifecycle_stage,
    top_reasons.top_reason,
    scores.action,
    scores.expected_net,
    cadence.first_ordered_on as first_ordered_at,
    cadence.last_ordered_on as last_ordered_at,
    cadence.days_since_last_order,
    cadence.median_gap_days as typical_gap_days,
    cast(floor(cadence.days_since_last_order - cadence.median_gap_days) as integer) as days_overdue,
    coalesce(cadence.orders, 0) as orders,
    coalesce(cadence.revenue_total, 0) as revenue_total,
    coalesce(cadence.revenue_12m, 0) as revenue_12m,
    coalesce(cadence.margin_12m, 0) as margin_12m,
    case when getvariable('has_tickets') then coalesce(tickets.open_tickets, 0) end as open_tickets,
    case when getvariable('has_consents') then coalesce(consents.contactable_channels, '') end as contactable_channels,
    holdouts.customer_id is not null as is_held_out,
from people
left join customer_cadence as cadence using (customer_id)
left join customers using (customer_id)
left join customer_scores as scores using (customer_id)
left join customer_segments as segments using (customer_id)
left join top_reasons using (customer_id)
left join customer_open_tickets as tickets using (customer_id)
left join customer_consents as consents using (customer_id)
left join customer_holdouts as holdouts using (customer_id)
order by value_at_risk desc nulls last, people.customer_id
