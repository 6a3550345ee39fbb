-- One row per calendar month: from the revenue of present customers at its start to that at its end, to the cent.
-- start + expansion - contraction - churned + won_back + new = end. Basis orders: net revenue of the last active_days
-- of everybody active; basis fees: monthly fees of running contracts. A month still running goes to as_of_date.
with

moved as (
    select
        calendar.*,
        activity.* exclude (basis, month),
    from kpi_calendar as calendar
    left join kpi_activity as activity
        on calendar.month = activity.month
        and calendar.basis = activity.basis
),

summed as (
    select
        *,
        sum(coalesce(amount, 0)) over (order by month) as after,
    from moved
)

select
    month,
    is_running,
    has_history and not is_running as is_comparable,
    basis,
    cast(after - coalesce(amount, 0) as decimal(38, 2)) as start,
    cast(coalesce(expansion, 0) as decimal(38, 2)) as expansion,
    cast(coalesce(contraction, 0) as decimal(38, 2)) as contraction,
    cast(coalesce(churned, 0) as decimal(38, 2)) as churned,
    cast(coalesce(won_back, 0) as decimal(38, 2)) as won_back,
    cast(coalesce(new, 0) as decimal(38, 2)) as new,
    cast(after as decimal(38, 2)) as "end",
from summed
order by month
