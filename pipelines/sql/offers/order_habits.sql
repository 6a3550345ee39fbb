-- One row per customer with an order before as_of_date: their usual order, discounts, and the last late delivery.
with

orders as (
    select
        *,
        delivered_on < getvariable('as_of_date') as is_delivered,
        promised_on < getvariable('as_of_date') as was_promised,
    from order_facts
    where ordered_at < getvariable('as_of_date')
),

-- A shop that never writes down a delivery has none that is overdue.
shop as (
    select count(delivered_on) > 0 as knows_deliveries from order_facts
)

select
    customer_id,
    count(*) as orders,
    avg(revenue) as order_revenue,
    avg(margin) as order_margin,
    case
        when count(discount) > 0 then sum(case when discount > 0 then 1 else 0 end) / (count(*) * 1.0)
    end as discount_share,
    max(
        case
            when is_delivered and promised_on < delivered_on then delivered_on
            when
                knows_deliveries
                and was_promised
                and promised_on >= getvariable('as_of_date') - 30
                and not coalesce(is_delivered, false)
                then promised_on + 1
        end
    ) as late_on,
from orders
cross join shop
group by customer_id
