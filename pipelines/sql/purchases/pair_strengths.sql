-- One row per product and one that its buyers also buy: the 50 it speaks for most and the 10 most bought with it.
with compared as (
    select
        lifts.*,
        -- Five at the usual rate are added to what was seen, so that a few lucky pairs do not outshine well known ones.
        -- The root of the demand lies between what is special to the pair and what most people want.
        sqrt(popularity.demand_share) * ((lifts.support + 5) / (lifts.by_chance + 5) - 1) as strength,
        case
            when lifts.customers_together > 0 then (lifts.baskets_together + 5) / (lifts.baskets_by_chance + 5)
        end as together_strength,
    from pair_lifts as lifts
    inner join product_popularity as popularity on lifts.pair_number = popularity.product_number
),

ranked as (
    select
        *,
        row_number() over (partition by product_number order by strength desc, pair_number) as strength_rank,
        row_number() over (
            partition by product_number order by coalesce(together_strength, 0) desc, strength desc, pair_number
        ) as together_rank,
    from compared
    where strength > 0 or together_strength > 1
)

select
    product_number,
    pair_number,
    support,
    support / by_chance as lift,
    n,
    customers_together,
    case when together_strength > 1 then baskets_together / baskets_by_chance end as together_lift,
    together_rank,
    case when strength_rank <= 50 and strength > 0 then strength else 0 end as strength,
from ranked
where strength_rank <= 50 or (together_rank <= 10 and together_strength > 1)
