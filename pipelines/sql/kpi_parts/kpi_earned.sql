-- One row per customer: margin of orders and fees to date, less refunds and what tickets and contacts cost.
with

parts as (
    select
        customer_number,
        sum(margin) as margin,
        sum(case when refunded_on < getvariable('as_of_date') then refunded end) as loss,
    from order_facts
    where ordered_on < getvariable('as_of_date')
    group by customer_number
    union all
    select
        customer_number,
        -- due on the first of each month in which the contract runs
        getvariable('gross_margin') * sum(cast(monthly_fee as double) * date_diff(
            'month', started_on, least(coalesce(ended_on, getvariable('as_of_date') - 1), getvariable('as_of_date') - 1)
        )),
        null,
    from kpi_contracts
    group by customer_number
    union all
    select customer_number, null, sum(cost) from kpi_costs group by customer_number
)

select
    numbers.customer_id,
    sum(coalesce(parts.margin, 0) - coalesce(parts.loss, 0)) as clv_historic,
from parts
inner join customer_numbers as numbers on parts.customer_number = numbers.customer_number
group by numbers.customer_id
