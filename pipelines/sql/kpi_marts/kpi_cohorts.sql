-- One row per month of the first order (basis fees: first contract) and month since: how many came, how many are left.
-- Retained: ordered in that month (fees: contract running at its end). Revenue: of those orders (fees: at its end).
with

states as (
    select * from kpi_states
    where basis = case when getvariable('eligibility') = 'subscribed' then 'fees' else 'orders' end
),

cohorts as (
    select cohort, count(*) as customers from states where month = cohort group by cohort
),

cells as (
    select
        cohorts.*,
        calendar.month,
        calendar.is_running,
        calendar.basis,
    from cohorts
    inner join kpi_calendar as calendar on cohorts.cohort <= calendar.month
),

seen as (
    select
        cohort,
        month,
        sum(case when entries > 0 then 1 else 0 end) as buyers,
        sum(revenue) as revenue,
        sum(cast(active_after > 0 as integer) - cast(active_before > 0 as integer)) as active_change,
        sum(amount) as amount,
    from states
    group by cohort, month
),

filled as (
    select
        cells.*,
        coalesce(seen.buyers, 0) as buyers,
        coalesce(seen.revenue, 0) as revenue,
        sum(coalesce(seen.active_change, 0)) over cohort_months as active,
        sum(coalesce(seen.amount, 0)) over cohort_months as amount,
    from cells
    left join seen on cells.cohort = seen.cohort and cells.month = seen.month
    window cohort_months as (partition by cells.cohort order by cells.month)
)

select
    cohort,
    cast(date_diff('month', cohort, month) as integer) as months_since,
    month,
    is_running,
    customers,
    cast(case when basis = 'fees' then active else buyers end as bigint) as retained,
    case when basis = 'fees' then active else buyers end / customers as retained_share,
    cast(case when basis = 'fees' then amount else revenue end as decimal(38, 2)) as revenue,
from filled
order by cohort, month
