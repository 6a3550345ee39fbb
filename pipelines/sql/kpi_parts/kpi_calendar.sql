-- One row per calendar month from the first event to as_of_date: whether it is over, and whether rates mean something.
with

spans as (
    select
        min(month) as first_month,
        case when getvariable('eligibility') = 'subscribed' then 'fees' else 'orders' end as basis,
    from kpi_flows
),

months as (
    select
        cast(unnest(range(cast(first_month as timestamp), cast(getvariable('as_of_date') as timestamp),
            interval 1 month)) as date) as month,
        basis,
    from spans
),

bounds as (
    select
        min(ordered_on) as first_ordered_on,
    from order_facts
)

select
    months.month,
    cast(months.month + interval 1 month as date) as next_month,
    months.basis,
    months.month + interval 1 month > getvariable('as_of_date') as is_running,
    -- an order counts for active_days: until so many have passed, nobody can have left yet; a contract says it itself
    months.basis = 'fees' or months.month >= bounds.first_ordered_on + getvariable('active_days') as has_history,
    months.basis = 'fees' or months.month >= bounds.first_ordered_on + getvariable('active_days') + interval 11 month
        as has_year_before,
from months
cross join bounds
where months.month < getvariable('as_of_date')
