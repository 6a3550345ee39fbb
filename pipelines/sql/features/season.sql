-- One row per customer with an order before the as-of date: the time of year and what they do in it.
select
    customer_number,
    sin(2 * pi() * dayofyear(getvariable('as_of_date')) / 365.25) as season_sine,
    cos(2 * pi() * dayofyear(getvariable('as_of_date')) / 365.25) as season_cosine,
    case when days_since_first >= 365 then orders_last_year end as orders_same_season_last_year,
    case when days_since_first >= 365 then orders_in_season / (orders * 1.0) end as season_order_share,
from order_sums
