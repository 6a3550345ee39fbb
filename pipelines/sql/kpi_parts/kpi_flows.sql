-- One row per basis, customer and month in which something entered or left what makes the customer active: its worth.
-- Basis orders: an order counts for active_days, less what is refunded meanwhile; basis fees: a running contract.
with

orders as (
    select
        customer_number,
        ordered_on,
        order_number,
        is_first_of_day,
        margin,
        ordered_on + getvariable('active_days') as last_on,
        cast(revenue as decimal(18, 2)) as revenue,
        -- a refund counts from its own day, in the months before it had not happened
        case
            when refunded_on < getvariable('as_of_date') and refunded_on <= ordered_on + getvariable('active_days')
                then cast(refunded as decimal(18, 2))
        end as refunded,
        greatest(refunded_on, ordered_on) as refunded_on,
    from order_facts
    where ordered_on < getvariable('as_of_date')
),

events as (
    select
        'orders' as basis,
        customer_number,
        ordered_on as happened_on,
        1 as entered,
        revenue as amount,
        order_number,
        case when is_first_of_day then 1 else 0 end as order_days,
        margin,
    from orders
    union all
    select 'orders', customer_number, refunded_on, 0, -refunded, null, 0, null from orders where refunded > 0
    union all
    select 'orders', customer_number, last_on, -1, coalesce(refunded, 0) - revenue, null, 0, null
    from orders where last_on < getvariable('as_of_date')
    union all
    select 'fees', customer_number, started_on, 1, monthly_fee, contract_number, 0, null from kpi_contracts
    union all
    select 'fees', customer_number, ended_on, -1, -monthly_fee, null, 0, null
    from kpi_contracts where ended_on < getvariable('as_of_date')
)

select
    basis,
    customer_number,
    cast(date_trunc('month', happened_on) as date) as month,
    cast(sum(entered) as integer) as entered,
    cast(sum(amount) as decimal(18, 2)) as amount,
    cast(sum(case when entered = 1 then 1 else 0 end) as integer) as entries,
    cast(sum(case when entered = 1 then amount end) as decimal(18, 2)) as revenue,
    max(case when order_number = 1 then 1 else 0 end) = 1 as is_first,
    cast(sum(order_days) as integer) as order_days,
    sum(margin) as margin,
from events
group by 1, 2, 3
