-- One row per customer looked at and kind of recommendation: the best product of that kind, and what it would bring.
-- An upgrade brings what it earns beyond the model the customer has; what would bring nothing is left out.
with

ranked as (
    select
        *,
        row_number() over (partition by customer_id, kind order by rank) as kind_rank,
    from customer_recommendations
),

priced as (
    select
        ranked.customer_id,
        ranked.kind,
        ranked.product_id,
        ranked.product_name,
        ranked.evidence,
        case
            when ranked.kind = 'up-sell' then offered.margin - base.margin else offered.margin
        end as margin_per_sale,
        rates.taken,
        rates.low,
        rates.high,
        -- of those who order so many take it: who is expected to order nothing takes it not
        case when rates.basis = 'ordered' then 1 - listed.churn_risk else 1 end as orders_at_all,
    from ranked
    inner join customer_list as listed on ranked.customer_id = listed.customer_id and listed.is_eligible
    left join product_margins as offered on ranked.product_id = offered.product_id
    left join product_margins as base on offered.upgrade_of = base.product_id
    left join expansion_rates as rates on ranked.kind = rates.kind
    where ranked.kind_rank = 1
)

select
    customer_id,
    kind,
    product_id,
    product_name,
    evidence,
    margin_per_sale,
    orders_at_all * taken as propensity,
    orders_at_all * low as propensity_low,
    orders_at_all * high as propensity_high,
from priced
where coalesce(margin_per_sale > 0, true)
