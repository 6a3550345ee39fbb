-- One row per customer eligible at the as-of date: what happened from that day on, as far as it is known.
-- optional: contract_ends (customer_id varchar, ended_at timestamp, is_switched boolean)
with spine as (
    select customer_id from customer_features
    where as_of_date = getvariable('as_of_date')
),

future_orders as (
    select
        customer_id,
        max(case when ordered_at < getvariable('horizon_end') then 1 else 0 end) as has_ordered,
        sum(case
            when ordered_at < getvariable('value_end') then
                margin * power(
                    1 + getvariable('discount_rate'),
                    -date_diff('day', getvariable('as_of_date'), ordered_on) / 365.0
                )
        end) as margin,
    from order_facts
    where
        ordered_at >= getvariable('as_of_date')
        and (ordered_at < getvariable('horizon_end') or ordered_at < getvariable('value_end'))
    group by customer_id
),

outcomes as (
    select
        spine.customer_id,
        case
            when getvariable('eligibility') = 'subscribed'
                then contract_ends.ended_at < getvariable('horizon_end') and not contract_ends.is_switched
            else coalesce(future_orders.has_ordered, 0) = 0
        end as churned,
        coalesce(future_orders.margin, 0) as margin,
    from spine
    left join future_orders on spine.customer_id = future_orders.customer_id
    left join contract_ends on spine.customer_id = contract_ends.customer_id
)

select
    customer_id,
    getvariable('as_of_date') as as_of_date,
    case when getvariable('is_labelled') then churned end as churned,
    case when getvariable('is_labelled') and not churned then margin end as stayed_margin,
    case when getvariable('is_labelled') then getvariable('value_days') end as value_days,
from outcomes
