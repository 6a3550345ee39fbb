-- One row per product of the customers counted for pairs: its buyers and the baskets it was in, and those of all.
with baskets as (
    select
        product_number,
        count(*) as baskets,
    from basket_products
    group by product_number
),

everything as (
    select
        (select count(*) from pair_customers) as all_customers,
        (select count(*) from (select distinct customer_number, ordered_on from basket_products)) as all_baskets,
)

select
    pair_products.product_number,
    count(*) as customers,
    max(baskets.baskets) as baskets,
    max(everything.all_customers) as all_customers,
    max(everything.all_baskets) as all_baskets,
from pair_products
inner join baskets on pair_products.product_number = baskets.product_number
inner join everything on true
group by pair_products.product_number
