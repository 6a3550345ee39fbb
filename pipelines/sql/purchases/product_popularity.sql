-- One row per product bought before as_of_date: its buyers, and its share of the shop's demand, mostly of 30 days.
with buyers as (
    select
        product_number,
        count(*) as customers,
        sum(case when last_bought_on >= getvariable('as_of_date') - interval 30 day then 1 else 0 end) as customers_30d,
    from purchased_products
    group by product_number
)

select
    product_number,
    customers,
    cast(customers_30d as bigint) as customers_30d,
    -- What was not bought lately is rarely wanted next, yet not never.
    (customers_30d + 0.1 * customers) / sum(customers_30d + 0.1 * customers) over () as demand_share,
from buyers
