-- One row per customer whose first order is young enough to be looked at: the days of the first three order days.
with

days as (
    select
        customer_number,
        ordered_on,
        order_number,
        row_number() over (partition by customer_number order by ordered_on) as day_number,
    from order_facts
    where
        is_first_of_day
        and ordered_on < getvariable('as_of_date')
        and ordered_on >= getvariable('as_of_date') - 1095
)

select
    customer_number,
    min(ordered_on) as first_on,
    max(case when day_number = 2 then ordered_on end) as second_on,
    max(case when day_number = 3 then ordered_on end) as third_on,
from days
where day_number <= 3
group by customer_number
having min(order_number) = 1
