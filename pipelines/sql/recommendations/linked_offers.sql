-- One row per customer and kind: the upgrade or accessory that buyers of the customer's product take most often.
with rates as (
    select
        kind,
        offered_number,
        -- Drawn towards one in twenty, so that few buyers do not promise much.
        (sum(has_it) + 1) / (count(*) + 20) as taken_share,
    from link_owners
    group by kind, offered_number
),

ranked as (
    select
        owners.*,
        rates.taken_share,
        row_number() over (
            partition by owners.customer_number, owners.kind
            order by rates.taken_share desc, owners.last_bought_on desc, owners.offered_number, owners.base_number
        ) as kind_rank,
    from link_owners as owners
    inner join rates on owners.kind = rates.kind and owners.offered_number = rates.offered_number
    where owners.has_it = 0
)

select
    ranked.customer_number,
    ranked.offered_number as product_number,
    ranked.kind,
    ranked.taken_share as score,
    ranked.kind_rank,
    case when ranked.kind = 'up-sell' then 'the next model up from the ' else 'goes with the ' end
    || base.product_name || ' bought on ' || strftime(ranked.last_bought_on, '%-d %B %Y') as evidence,
from ranked
inner join product_numbers as base on ranked.base_number = base.product_number
where ranked.kind_rank = 1
