-- One row per 10 days of cadence: customers whose own mean distance between order days lies there.
-- Customers with two order days or more alone have one; the last band holds everything beyond a year.
with buyers as (
    select
        customer_number,
        count_if(is_first_of_day) as order_days,
        date_diff('day', min(ordered_on), max(ordered_on)) as span,
    from order_facts
    group by customer_number
),

cadences as (
    select
        case
            when span / (order_days - 1.0) >= 360 then 360
            else cast(floor(span / (order_days - 1.0) / 10) as integer) * 10
        end as from_days,
    from buyers
    where order_days >= 2
)

select
    from_days,
    count(*) as customers,
from cadences
group by from_days
order by from_days
