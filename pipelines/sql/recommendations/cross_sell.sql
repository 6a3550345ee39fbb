-- One row per customer and product they have not bought: what speaks for it, a product of theirs or the demand of all.
with counted as (
    -- Of a large shop a sample is counted: the shop has at least as many.
    select
        case
            when (select count(*) from pair_customers) < (select count(*) from buyer_numbers) then 'at least '
            else ''
        end as at_least,
)

select
    scores.customer_number,
    scores.product_number,
    'cross-sell' as kind,
    scores.score,
    row_number() over (
        partition by scores.customer_number order by scores.score desc, scores.product_number
    ) as kind_rank,
    case
        when pairs.support is null then
            'among the products most in demand: bought by '
            || case when popularity.customers_30d > 0 then popularity.customers_30d else popularity.customers end
            || case when popularity.customers_30d > 0 then ' in the last 30 days' else ' so far' end
        when pairs.together_lift is not null then
            'bought together with ' || because.product_name || ' by ' || counted.at_least || pairs.customers_together
            || ' customers, ' || round(pairs.together_lift, 1) || ' times as often as by chance'
        else
            'bought by ' || counted.at_least || pairs.support || ' customers who also bought '
            || because.product_name || ', ' || round(pairs.lift, 1) || ' times as many as by chance'
    end as evidence,
from cross_sell_scores as scores
inner join product_popularity as popularity on scores.product_number = popularity.product_number
inner join counted on true
left join pair_strengths as pairs
    on scores.because_number = pairs.product_number and scores.product_number = pairs.pair_number
left join product_numbers as because on scores.because_number = because.product_number
