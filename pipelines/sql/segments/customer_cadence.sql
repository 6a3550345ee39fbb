-- One row per customer with an order before as_of_date: own rhythm in days, and money to date.
with

orders as (
    select
        *,
        ordered_at >= getvariable('as_of_date') - interval 12 month as is_last_12m,
    from order_facts
    where ordered_at < getvariable('as_of_date')
),

order_days as (
    select distinct
        customer_id,
        cast(ordered_at as date) as ordered_on,
    from orders
),

gaps as (
    select
        customer_id,
        ordered_on,
        ordered_on - lag(ordered_on) over customer_days as gap_days,
        row_number() over (partition by customer_id order by ordered_on desc) as days_back,
        row_number() over customer_days as day_number,
    from order_days
    window customer_days as (partition by customer_id order by ordered_on)
),

rhythm as (
    select
        customer_id,
        count(*) as order_days,
        median(gap_days) as median_gap_days,
        max(case when day_number = 2 then gap_days end) as first_gap_days,
        max(case when days_back = 1 then gap_days end) as last_gap_days,
        median(case when days_back > 1 then gap_days end) as previous_median_gap_days,
        max(case when days_back = 1 then ordered_on end) as last_ordered_on,
        min(ordered_on) as first_ordered_on,
    from gaps
    group by customer_id
),

money as (
    select
        customer_id,
        count(*) as orders,
        sum(revenue) as revenue_total,
        sum(case when is_last_12m then revenue else 0 end) as revenue_12m,
        sum(case when is_last_12m then margin else 0 end) as margin_12m,
    from orders
    group by customer_id
)

select
    rhythm.*,
    getvariable('as_of_date') - rhythm.last_ordered_on as days_since_last_order,
    money.* exclude (customer_id),
from rhythm
inner join money using (customer_id)
