-- One row per product and one that its buyers also buy: seen and expected by chance, in all and in one basket.
with both_ways as (
    select product_number, pair_number, product_number as low_number, pair_number as high_number, support
    from pair_counts
    union all
    select pair_number, product_number, product_number as low_number, pair_number as high_number, support
    from pair_counts
)

select
    both_ways.product_number,
    both_ways.pair_number,
    both_ways.support,
    one.all_customers as n,
    one.customers * 1.0 * other.customers / one.all_customers as by_chance,
    coalesce(together.customers, 0) as customers_together,
    coalesce(together.baskets, 0) as baskets_together,
    one.baskets * 1.0 * other.baskets / one.all_baskets as baskets_by_chance,
from both_ways
inner join product_counts as one on both_ways.product_number = one.product_number
inner join product_counts as other on both_ways.pair_number = other.product_number
left join pair_baskets as together
    on both_ways.low_number = together.product_number and both_ways.high_number = together.pair_number
