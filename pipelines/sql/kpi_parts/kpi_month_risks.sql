-- One row per calendar month at whose end, or latest before it, a run said what is at risk by the definition of now.
select
    -- a run speaks about the morning of its day: that is the end of the day before
    cast(date_trunc('month', as_of_date - 1) as date) as month,
    max_by(value_at_risk, as_of_date) as value_at_risk,
from kpi_value_at_risk
where
    as_of_date <= getvariable('as_of_date')
    and horizon_days = getvariable('horizon_days')
    and eligibility = getvariable('eligibility')
group by 1
