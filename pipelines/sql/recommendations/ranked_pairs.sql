-- One row per product and one that its buyers also buy, those bought together with it most above chance first.
select
    one.product_id,
    one.product_name,
    cast(row_number() over (
        partition by pairs.product_number order by pairs.together_rank, pairs.pair_number
    ) as integer) as rank,
    other.product_id as pair_product_id,
    other.product_name as pair_product_name,
    pairs.support,
    pairs.lift,
    pairs.customers_together,
    pairs.together_lift,
    pairs.n,
from pair_strengths as pairs
inner join product_numbers as one on pairs.product_number = one.product_number
inner join product_numbers as other on pairs.pair_number = other.product_number
order by one.product_number, rank
