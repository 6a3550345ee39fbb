-- One row per calendar month up to as_of_date: who was active at its start, who of them stayed, who came, its money.
with

money as (
    select
        date_trunc('month', ordered_on) as month,
        count(distinct customer_id) as buying_customers,
        sum(case when order_number = 1 then 1 else 0 end) as new_customers,
        count(*) as orders,
        sum(revenue) as revenue,
        sum(margin) as margin,
        min(ordered_on) as first_ordered_on,
    from order_facts
    where ordered_at < getvariable('as_of_date')
    group by 1
),

months as (
    -- a quiet month has active customers and no order, and so may the one that as_of_date begins
    select
        *,
        lead(active_at_start) over (order by month) as active_at_end,
        month + interval 1 month <= getvariable('as_of_date') as is_complete,
        month >= min(first_ordered_on) over () + getvariable('active_days') as has_history,
    from money
    full join monthly_activity using (month)
)

select
    cast(month as date) as month,
    coalesce(active_at_start, 0) as active_customers,
    coalesce(buying_customers, 0) as buying_customers,
    coalesce(new_customers, 0) as new_customers,
    greatest(active_at_end - retained_customers - coalesce(new_customers, 0), 0) as reactivated_customers,
    case when is_complete and has_history then active_at_start - retained_customers end as churned_customers,
    case when is_complete and has_history then retained_customers / active_at_start end as retention_rate,
    case when is_complete and has_history then 1 - retained_customers / active_at_start end as churn_rate,
    coalesce(orders, 0) as orders,
    coalesce(revenue, 0) as revenue,
    coalesce(margin, 0) as margin,
    revenue / orders as aov,
    is_complete,
from months
where month < getvariable('as_of_date')
order by month
