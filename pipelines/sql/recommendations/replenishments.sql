-- One row per customer and product that is due again: bought often, or something its buyers keep buying.
with rhythm as (
    select
        bought.customer_number,
        bought.product_number,
        bought.purchase_days,
        cast(getvariable('as_of_date') as date) - bought.last_bought_on as days_since,
        -- Three purchases show the customer's own rhythm; before that the product's has to do.
        case
            when bought.purchase_days >= 3
                then (bought.last_bought_on - bought.first_bought_on) * 1.0 / (bought.purchase_days - 1)
            else gaps.usual_gap_days
        end as gap_days,
    from purchased_products as bought
    left join product_gaps as gaps on bought.product_number = gaps.product_number
    where bought.purchase_days >= 3 or gaps.usual_gap_days is not null
),

ranked as (
    select
        *,
        purchase_days * 1.0 / (purchase_days + 2) * gap_days / days_since as score,
        row_number() over (
            partition by customer_number
            order by purchase_days * 1.0 / (purchase_days + 2) * gap_days / days_since desc, product_number
        ) as kind_rank,
    from rhythm
    -- Much later they get it elsewhere, or need it no more.
    where days_since >= gap_days and days_since <= 2.5 * gap_days
)

select
    customer_number,
    product_number,
    'replenishment' as kind,
    score,
    kind_rank,
    case
        when purchase_days >= 3 then 'bought on ' || purchase_days || ' days, usually every '
        else 'usually bought again after '
    end
    || case when round(gap_days) <= 1 then '1 day' else cast(round(gap_days) as integer) || ' days' end
    || '; last bought ' || case when days_since = 1 then '1 day ago' else days_since || ' days ago' end as evidence,
from ranked
where kind_rank <= 2
