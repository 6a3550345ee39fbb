-- One row per customer with a contract begun before as_of_date: the one that runs or, without any, the last that ended.
with

contracts as (
    select
        customer_id,
        subscription_id,
        plan,
        cast(started_at as date) as began_on,
        case when ended_at < getvariable('as_of_date') then cast(ended_at as date) end as ended_on,
        -- the source knows one renewal, the next as of its export: on an earlier day it says nothing
        case when getvariable('data_through') < getvariable('as_of_date') and renews_at >= getvariable('as_of_date')
            then cast(renews_at as date) end as renews_on,
        monthly_fee,
    from subscriptions
    where started_at < getvariable('as_of_date')
),

counted as (
    select
        customer_id,
        sum(case when ended_on is null then 1 else 0 end) as running_contracts,
        sum(case when ended_on is null then monthly_fee end) as monthly_fee,
        min(began_on) as first_began_on,
    from contracts
    group by customer_id
),

ordered as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by case when ended_on is null then 0 else 1 end, ended_on desc, began_on desc, subscription_id
        ) as place,
    from contracts
)

select
    ordered.customer_id,
    ordered.plan,
    ordered.began_on,
    ordered.ended_on,
    ordered.renews_on,
    counted.running_contracts,
    counted.monthly_fee,
    counted.first_began_on,
from ordered
inner join counted on ordered.customer_id = counted.customer_id
where ordered.place = 1
