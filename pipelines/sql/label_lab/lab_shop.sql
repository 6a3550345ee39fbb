-- One row per sampled customer with an order before the as-of date: worth, and whether the yardstick calls them lost.
with next_orders as (
    select
        customer_number,
        min(ordered_on) as next_on,
    from order_facts
    where ordered_on >= getvariable('as_of_date')
    group by customer_number
)

select
    customer_numbers.customer_id,
    getvariable('as_of_date') as as_of_date,
    order_sums.days_since_last <= 365 as counts,
    case when order_sums.margin_365d > 0 then order_sums.margin_365d else 0 end as value,
    coalesce(date_diff('day', getvariable('as_of_date'), next_orders.next_on) >= getvariable('yardstick_days'), true)
        as lost,
from order_sums
join lab_sample on order_sums.customer_number = lab_sample.customer_number
join customer_numbers on order_sums.customer_number = customer_numbers.customer_number
left join next_orders on order_sums.customer_number = next_orders.customer_number
order by customer_numbers.customer_id
