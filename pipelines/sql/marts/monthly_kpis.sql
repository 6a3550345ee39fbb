-- One row per calendar month up to as_of_date: who was active at its start, who of them stayed, who came, and its money.
with

spells as (
    select
        customer_id,
        date_trunc('month', ordered_at) as month,
        cast(ordered_at as date) as ordered_on,
        cast(lead(ordered_at) over customer_orders as date) as next_ordered_on,
        row_number() over customer_orders = 1 as is_first,
        revenue,
        margin,
    from order_facts
    where ordered_at < getvariable('as_of_date')
    window customer_orders as (partition by customer_id order by ordered_at, order_id)
),

active_months as (
    -- a customer is active at a month's start by the last order before it, if that is recent enough
    select
        unnest(range(
            month + interval 1 month,
            1 + least(
                coalesce(next_ordered_on, getvariable('as_of_date')),
                getvariable('as_of_date'),
                ordered_on + getvariable('active_days')
            ),
            interval 1 month
        )) as month,
        ordered_on,
        next_ordered_on,
    from spells
),

kept as (
    select
        month,
        count(*) as active_at_start,
        sum(case
            when next_ordered_on < month + interval 1 month then 1
            when ordered_on + getvariable('active_days') >= month + interval 1 month then 1
            else 0
        end) as retained_customers,
    from active_months
    group by month
),

money as (
    select
        month,
        count(distinct customer_id) as buying_customers,
        sum(case when is_first then 1 else 0 end) as new_customers,
        count(*) as orders,
        sum(revenue) as revenue,
        sum(margin) as margin,
        min(min(ordered_on)) over () as history_from,
    from spells
    group by month
),

months as (
    select
        *,
        lead(active_at_start) over (order by month) as active_at_end,
        month + interval 1 month <= getvariable('as_of_date') as is_complete,
        month >= history_from + getvariable('active_days') as has_history,
    from money
    left join kept using (month)
)

select
    cast(month as date) as month,
    coalesce(active_at_start, 0) as active_customers,
    buying_customers,
    new_customers,
    greatest(active_at_end - retained_customers - new_customers, 0) as reactivated_customers,
    case when is_complete and has_history then active_at_start - retained_customers end as churned_customers,
    case when is_complete and has_history then retained_customers / active_at_start end as retention_rate,
    case when is_complete and has_history then 1 - retained_customers / active_at_start end as churn_rate,
    orders,
    revenue,
    margin,
    revenue / orders as aov,
    is_complete,
from months
order by month
