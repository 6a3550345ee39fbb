-- One row per customer with an order before the as-of date: deliveries and refunds, each known from its own day.
-- Compiled by pipelines/sweep when several snapshots are built: keep to expressions that it knows.
with orders as (
    select
        *,
        date_diff('day', delivered_on, getvariable('as_of_date')) as delivered_days_ago,
        date_diff('day', promised_on, getvariable('as_of_date')) as promised_days_ago,
        date_diff('day', refunded_on, getvariable('as_of_date')) as refunded_days_ago,
    from order_facts
    where ordered_on < getvariable('as_of_date')
),

known as (
    select
        customer_number,
        order_number,
        revenue,
        case when delivered_days_ago > 0 then delivered_days_ago end as delivered_days_ago,
        case when delivered_days_ago > 0 then date_diff('day', ordered_on, delivered_on) end as delivery_days,
        case
            when delivered_days_ago > 0 and promised_days_ago > delivered_days_ago
                then promised_days_ago - delivered_days_ago
            when delivered_days_ago > 0 and promised_days_ago > 0 then 0
        end as days_late,
        -- Promised for a day of the last month and not delivered as far as anyone knew.
        case when promised_days_ago between 1 and 30 and coalesce(delivered_days_ago, 0) <= 0 then 1 end as is_overdue,
        case when refunded_days_ago > 0 then refunded end as refunded,
        case when refunded_days_ago > 0 and refunded > 0 then refunded_days_ago end as refunded_days_ago,
    from orders
)

select
    customer_number,
    count(case when days_late > 0 then 1 end) / nullif(count(days_late) * 1.0, 0) as late_delivery_share,
    count(case when days_late > 0 and delivered_days_ago <= 90 then 1 end) as late_deliveries_90d,
    max(case when delivered_days_ago <= 180 then days_late end) as worst_days_late_180d,
    arg_max(days_late, case when days_late is not null then order_number end) as last_days_late,
    avg(delivery_days) as mean_delivery_days,
    count(is_overdue) as overdue_deliveries,
    count(case when refunded_days_ago <= 365 then 1 end) as refunds_365d,
    coalesce(sum(refunded), 0) / nullif(sum(revenue), 0) as refunded_share,
from known
group by customer_number
