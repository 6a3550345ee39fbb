-- One row per customer and recommended product, at most five: the best of each kind first, then the second best.
-- optional: linked_offers (customer_number integer, product_number integer, kind varchar, score double, kind_rank bigint, evidence varchar)
with offers as (
    select customer_number, product_number, kind, score, kind_rank, evidence, 1 as kind_order from replenishments
    union all
    select customer_number, product_number, kind, score, kind_rank, evidence, 2 as kind_order from cross_sell
    union all
    select customer_number, product_number, kind, score, kind_rank, evidence, 3 as kind_order from linked_offers
),

-- A product that two kinds would offer is offered once; an accessory says more than a pair.
distinct_offers as (
    select
        *,
        row_number() over (partition by customer_number, product_number order by kind_order desc, kind) as offer_number,
    from offers
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_number order by kind_rank, kind_order, kind, product_number
        ) as rank,
    from distinct_offers
    where offer_number = 1
)

select
    customers.customer_id,
    cast(ranked.rank as integer) as rank,
    ranked.kind,
    products.product_id,
    products.product_name,
    ranked.score,
    ranked.evidence,
from ranked
inner join buyer_numbers as customers on ranked.customer_number = customers.customer_number
inner join product_numbers as products on ranked.product_number = products.product_number
where ranked.rank <= 5
order by customers.customer_number, ranked.rank
