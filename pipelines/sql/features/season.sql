-- One row per customer with an order before the as-of date: the time of year and what they do in it.
with orders as (
    select
        *,
        date_diff('day', ordered_on, getvariable('as_of_date')) as days_ago,
    from order_facts
    where ordered_at < getvariable('as_of_date')
),

sums as (
    select
        customer_id,
        max(days_ago) as days_since_first,
        count(*) as orders,
        -- The horizon ahead, one year ago; and in any earlier year.
        sum(case when days_ago <= 365 and days_ago > 365 - getvariable('horizon_days') then 1 else 0 end)
            as orders_last_year,
        sum(case when 365.25 - mod(days_ago, 365.25) < getvariable('horizon_days') then 1 else 0 end)
            as orders_in_season,
    from orders
    group by customer_id
)

select
    customer_id,
    sin(2 * pi() * dayofyear(getvariable('as_of_date')) / 365.25) as season_sine,
    cos(2 * pi() * dayofyear(getvariable('as_of_date')) / 365.25) as season_cosine,
    case when days_since_first >= 365 then orders_last_year end as orders_same_season_last_year,
    case when days_since_first >= 365 then orders_in_season / (orders * 1.0) end as season_order_share,
from sums
