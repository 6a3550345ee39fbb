-- One row per calendar month at whose end, or latest before it, a run said what is at risk.
select
    -- a run speaks about the morning of its day: that is the end of the day before
    cast(date_trunc('month', as_of_date - 1) as date) as month,
    max_by(value_at_risk, as_of_date) as value_at_risk,
from kpi_value_at_risk
group by 1
