-- One row per calendar month up to as_of_date: customers who stayed, left and came, and the money of their orders.
-- A month still running has counts to date and no rate. Every figure knows only what had happened by the month's end.
with joined as (
    select
        counts.*,
        counts.active_at_end - counts.active_change as active_at_start,
        bridge.is_comparable and counts.active_at_end > counts.active_change as is_rated,
        bridge.* exclude (month, is_running, basis, is_comparable),
        years.* exclude (month),
        risks.value_at_risk,
        -- a fee is due on the first of each month in which the contract runs
        case when counts.basis = 'fees' then sum(bridge.start) over (order by counts.month) else 0 end as fees_to_date,
    from kpi_counts as counts
    inner join kpi_bridge as bridge on counts.month = bridge.month
    left join kpi_years as years on counts.month = years.month and counts.has_year_before
    left join kpi_month_risks as risks on counts.month = risks.month
)

select
    month,
    is_running,
    basis,
    active_at_start as active_customers,
    active_at_end,
    new_customers,
    won_back_customers,
    case when is_rated then churned_customers end as churned_customers,
    case when is_rated then active_at_start - churned_customers end as retained_customers,
    case when is_rated then (active_at_end - new_customers - won_back_customers) / active_at_start end
        as retention_rate,
    case when is_rated then churned_customers / active_at_start end as churn_rate,
    case when is_rated then (start + expansion - contraction - churned) / nullif(start, 0) end as nrr,
    case when is_rated then (start - contraction - churned) / nullif(start, 0) end as grr,
    case when is_rated then expansion / nullif(start, 0) end as expansion_rate,
    case when is_rated then contraction / nullif(start, 0) end as contraction_rate,
    active_then as n_12m,
    still_active / active_then as retention_12m,
    (year_start + year_expansion - year_contraction - year_churned) / nullif(year_start, 0) as nrr_12m,
    (year_start - year_contraction - year_churned) / nullif(year_start, 0) as grr_12m,
    buying_customers,
    first_buyers,
    orders,
    revenue,
    refunds,
    revenue - refunds as net_revenue,
    margin,
    revenue / nullif(orders, 0) as aov,
    repeat_customers,
    repeat_customers / nullif(buyers_at_end, 0) as repeat_rate,
    customers_to_date,
    (worth_to_date + getvariable('gross_margin') * fees_to_date) / nullif(customers_to_date, 0) as clv_historic,
    value_at_risk,
from joined
order by month
