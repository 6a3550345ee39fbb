-- One row per calendar month: what changed in it, and how many customers and how much money that leaves at its end.
with changes as (
    select
        calendar.*,
        coalesce(activity.active_change, 0) as active_change,
        coalesce(activity.churned_customers, 0) as churned_customers,
        coalesce(activity.new_customers, 0) as new_customers,
        coalesce(activity.won_back_customers, 0) as won_back_customers,
        coalesce(sold.active_change, 0) as buyer_change,
        coalesce(sold.repeat_change, 0) as repeat_change,
        coalesce(sold.buying_customers, 0) as buying_customers,
        coalesce(sold.first_buyers, 0) as first_buyers,
        coalesce(sold.orders, 0) as orders,
        coalesce(sold.revenue, 0) as revenue,
        coalesce(sold.margin, 0) as margin,
        coalesce(worth.refunds, 0) as refunds,
        cast(coalesce(worth.arrivals, 0) as bigint) as arrivals,
        coalesce(worth.margin - worth.refunds - worth.cost, 0) as worth,
    from kpi_calendar as calendar
    left join kpi_activity as activity on calendar.month = activity.month and calendar.basis = activity.basis
    left join kpi_activity as sold on calendar.month = sold.month and sold.basis = 'orders'
    left join kpi_worth as worth on calendar.month = worth.month
)

select
    *,
    cast(sum(active_change) over (order by month) as bigint) as active_at_end,
    cast(sum(buyer_change) over (order by month) as bigint) as buyers_at_end,
    cast(sum(repeat_change) over (order by month) as bigint) as repeat_customers,
    cast(sum(arrivals) over (order by month) as bigint) as customers_to_date,
    sum(worth) over (order by month) as worth_to_date,
from changes
