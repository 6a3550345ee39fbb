-- One row per row of kpi_flows: what made the customer active before the month's end and before its start.
select
    *,
    cast(sum(entered) over customer_months as integer) as active_after,
    cast(sum(entered) over customer_months as integer) - entered as active_before,
    cast(sum(amount) over customer_months as decimal(18, 2)) as book_after,
    cast(sum(order_days) over customer_months as integer) as days_after,
    first_value(month) over customer_months as cohort,
from kpi_flows
window customer_months as (partition by basis, customer_number order by month)
