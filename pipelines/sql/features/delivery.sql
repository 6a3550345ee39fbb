-- One row per customer with an order before the as-of date: deliveries and refunds, each known from its own moment.
with orders as (
    select
        customer_id,
        revenue,
        date_diff('day', ordered_on, getvariable('as_of_date')) as days_ago,
        case
            when delivered_at < getvariable('as_of_date')
                then date_diff('day', cast(delivered_at as date), getvariable('as_of_date'))
        end as delivered_days_ago,
        case
            when delivered_at >= getvariable('as_of_date') or promised_at >= getvariable('as_of_date') then null
            when days_late < 0 then 0
            else days_late
        end as days_late,
        case
            when delivered_at < getvariable('as_of_date')
                then date_diff('day', ordered_on, cast(delivered_at as date))
        end as delivery_days,
        -- Promised for a day that has passed and not delivered as far as anyone knew.
        case
            when
                promised_at < getvariable('as_of_date')
                and (delivered_at is null or delivered_at >= getvariable('as_of_date'))
                then date_diff('day', cast(promised_at as date), getvariable('as_of_date'))
        end as waiting_days,
        case
            when refunded_at < getvariable('as_of_date')
                then date_diff('day', cast(refunded_at as date), getvariable('as_of_date'))
        end as refunded_days_ago,
        case when refunded_at < getvariable('as_of_date') then refunded end as refunded,
        order_number,
    from order_facts
    where ordered_at < getvariable('as_of_date')
)

select
    customer_id,
    sum(case when days_late > 0 then 1 else 0 end) / nullif(count(days_late) * 1.0, 0) as late_delivery_share,
    sum(case when days_late > 0 and delivered_days_ago <= 90 then 1 else 0 end) as late_deliveries_90d,
    max(case when delivered_days_ago <= 180 then days_late end) as worst_days_late_180d,
    arg_max(days_late, case when days_late is not null then order_number end) as last_days_late,
    avg(delivery_days) as mean_delivery_days,
    sum(case when waiting_days <= 30 then 1 else 0 end) as overdue_deliveries,
    sum(case when refunded > 0 and refunded_days_ago <= 365 then 1 else 0 end) as refunds_365d,
    coalesce(sum(refunded), 0) / nullif(sum(revenue), 0) as refunded_share,
    min(case when refunded > 0 then refunded_days_ago end) as days_since_refund,
from orders
group by customer_id
