-- One row per calendar month in which any contract ran or began: customers with one at its start and still at its end.
-- optional: subscription_facts (customer_id varchar, started_at timestamp, ended_at timestamp)
with

contracts as (
    select
        customer_id,
        cast(started_at as date) as started_on,
        coalesce(cast(ended_at as date), date '9999-01-01') as ended_on,
        min(cast(started_at as date)) over (partition by customer_id) as first_started_on,
        lead(cast(started_at as date)) over (partition by customer_id order by started_at) as next_started_on,
    from subscription_facts
    where started_at < getvariable('as_of_date')
),

joined as (
    -- changing the plan ends one contract and starts the next within a day: the customer stays
    select
        * replace (case when next_started_on - ended_on between 0 and 1 then next_started_on + 1 else ended_on end
            as ended_on),
    from contracts
),

running as (
    select distinct
        customer_id,
        unnest(range(
            date_trunc('month', started_on) + interval 1 month,
            1 + least(ended_on, getvariable('as_of_date')),
            interval 1 month
        )) as month,
    from joined
),

stays as (
    select
        *,
        lead(month) over (partition by customer_id order by month) as next_month,
    from running
),

counted as (
    select
        month,
        count(*) as active_at_start,
        sum(case when next_month = month + interval 1 month then 1 else 0 end) as retained_customers,
    from stays
    group by month
),

arrivals as (
    -- new is who had no contract before and still has one at the month's end
    select
        date_trunc('month', started_on) as month,
        count(distinct customer_id) as new_customers,
    from joined
    where
        date_trunc('month', started_on) = date_trunc('month', first_started_on)
        and ended_on >= least(date_trunc('month', started_on) + interval 1 month, getvariable('as_of_date'))
    group by 1
)

select
    month,
    coalesce(active_at_start, 0) as active_at_start,
    coalesce(retained_customers, 0) as retained_customers,
    coalesce(new_customers, 0) as new_customers,
from counted
full join arrivals using (month)
order by month
