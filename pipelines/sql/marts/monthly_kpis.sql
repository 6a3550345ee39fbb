-- One row per calendar month up to as_of_date: who was active at its start, who of them stayed, who came, its money.
-- Active is who ordered recently enough or, where contracts are predicted, who had one running.
with

money as (
    select
        date_trunc('month', ordered_on) as month,
        count(distinct customer_id) as buying_customers,
        sum(case when order_number = 1 then 1 else 0 end) as first_buyers,
        count(*) as orders,
        sum(revenue) as revenue,
        sum(margin) as margin,
        min(ordered_on) as first_ordered_on,
    from order_facts
    where ordered_at < getvariable('as_of_date')
    group by 1
),

activity as (
    select
        *,
        getvariable('active_days') as history_days,
        cast(null as bigint) as new_contracts,
    from monthly_activity
    where coalesce(getvariable('eligibility'), 'active') != 'subscribed'

    union all by name

    -- a contract says itself when it began: no month has to pass before the count is right
    select
        * exclude (new_customers),
        null as history_days,
        new_customers as new_contracts,
    from monthly_contracts
    where getvariable('eligibility') = 'subscribed'
),

months as (
    -- a quiet month has active customers and no order, and so may the one that as_of_date begins
    select
        *,
        coalesce(new_contracts, case when getvariable('eligibility') = 'subscribed' then 0 else first_buyers end, 0)
            as new_customers,
        lead(active_at_start) over (order by month) as active_at_end,
        month + interval 1 month <= getvariable('as_of_date') as is_complete,
        active_at_start > 0
        and (history_days is null or month >= min(first_ordered_on) over () + history_days) as has_history,
    from money
    full join activity using (month)
)

select
    cast(month as date) as month,
    coalesce(active_at_start, 0) as active_customers,
    coalesce(buying_customers, 0) as buying_customers,
    new_customers,
    greatest(active_at_end - retained_customers - new_customers, 0) as reactivated_customers,
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
