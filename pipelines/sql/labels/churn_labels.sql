-- One row per customer eligible at the as-of date: what happened from that day on, as far as it is known.
-- optional: subscription_facts (customer_id varchar, started_at timestamp, ended_at timestamp)
with spine as (
    select customer_id from customer_features where as_of_date = getvariable('as_of_date')
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

last_ends as (
    select
        customer_id,
        max(coalesce(ended_at, timestamp '9999-01-01')) as ended_at,
    from subscription_facts
    where
        started_at < getvariable('as_of_date')
        and (ended_at is null or ended_at >= getvariable('as_of_date'))
    group by customer_id
),

-- Changing the plan ends one contract and starts the next within a day: that is staying.
switches as (
    select distinct last_ends.customer_id
    from last_ends
    join subscription_facts as next_contract on last_ends.customer_id = next_contract.customer_id
    where
        next_contract.started_at >= getvariable('as_of_date')
        and date_diff('day', last_ends.ended_at, next_contract.started_at) between 0 and 1
),

outcomes as (
    select
        spine.customer_id,
        case
            when getvariable('eligibility') = 'subscribed'
                then last_ends.ended_at < getvariable('horizon_end') and switches.customer_id is null
            else coalesce(future_orders.has_ordered, 0) = 0
        end as churned,
        coalesce(future_orders.margin, 0) as margin,
    from spine
    left join future_orders on spine.customer_id = future_orders.customer_id
    left join last_ends on spine.customer_id = last_ends.customer_id
    left join switches on spine.customer_id = switches.customer_id
)

select
    customer_id,
    getvariable('as_of_date') as as_of_date,
    case when getvariable('is_labelled') then churned end as churned,
    case when getvariable('is_labelled') and not churned and getvariable('value_days') is not null then margin end
        as stayed_margin,
    case when getvariable('is_labelled') then getvariable('value_days') end as value_days,
from outcomes
