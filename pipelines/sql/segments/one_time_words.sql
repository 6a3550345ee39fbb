-- One row per customer with a single order day: their own words, where orders are predicted.
with

returns as (
    select cast(round(median_days) as integer) as median_days from second_orders
),

told as (
    select
        cadence.customer_id,
        case
            when days_since_last_order = 0 then 'bought once, today'
            when days_since_last_order = 1 then 'bought once, 1 day ago'
            else 'bought once, ' || days_since_last_order || ' days ago'
        end as bought,
        case
            when returns.median_days = 1 then '; half of those who come back do so within 1 day'
            when returns.median_days > 1
                then '; half of those who come back do so within ' || returns.median_days || ' days'
            else ''
        end as others,
    from customer_cadence as cadence
    left join returns on true
    where order_days = 1 and coalesce(getvariable('eligibility'), 'active') != 'subscribed'
)

select
    customer_id,
    bought || others as reason,
from told
