-- One row per customer signed up before the as-of date: since when, and as what.
with signups as (
    select * from signup_facts
    where signed_up_at < getvariable('as_of_date')
),

first_orders as (
    select customer_id, min(ordered_on) as first_ordered_on
    from order_facts
    where ordered_at < getvariable('as_of_date')
    group by customer_id
)

select
    signups.customer_id,
    date_diff('day', cast(signups.signed_up_at as date), getvariable('as_of_date')) as days_since_signup,
    -- Who orders first and signs up later took no time.
    case
        when first_orders.first_ordered_on < signups.signed_up_at then 0
        else date_diff('day', cast(signups.signed_up_at as date), first_orders.first_ordered_on)
    end as days_to_first_order,
    case when signups.is_business then 1 when not signups.is_business then 0 end as is_business,
from signups
left join first_orders on signups.customer_id = first_orders.customer_id
