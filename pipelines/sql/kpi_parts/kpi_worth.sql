-- One row per month with a change: how many customers came, and what their orders earned and cost in it.
with

parts as (
    select month, count(*) as arrivals, null as margin, null as refunds, null as cost from kpi_arrivals group by month
    union all
    select month, null, sum(margin), null, null from kpi_flows group by month
    union all
    select
        cast(date_trunc('month', greatest(refunded_on, ordered_on)) as date),
        null,
        null,
        sum(cast(refunded as decimal(18, 2))),
        null,
    from order_facts
    where
        ordered_on < getvariable('as_of_date')
        and refunded_on < getvariable('as_of_date')
        and refunded > 0
    group by 1
    union all
    select month, null, null, null, sum(cost) from kpi_costs group by month
)

select
    month,
    coalesce(sum(arrivals), 0) as arrivals,
    coalesce(sum(margin), 0) as margin,
    coalesce(sum(refunds), 0) as refunds,
    coalesce(sum(cost), 0) as cost,
from parts
group by month
