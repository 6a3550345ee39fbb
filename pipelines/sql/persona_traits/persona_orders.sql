-- One row per customer with an order in the 12 months before as_of_date: how they bought and what came of it.
with bought as (
    select
        customer_id,
        revenue,
        refunded,
        discount > 0 as is_discounted,
        delivered_on > promised_on as is_late,
        delivered_on < getvariable('as_of_date') and promised_on is not null as is_told,
        refunded_on < getvariable('as_of_date') as is_refunded,
    from order_facts
    where
        ordered_at < getvariable('as_of_date')
        and ordered_at >= getvariable('as_of_date') - interval 12 month
)

select
    customer_id,
    sum(revenue) / count(*) as order_value,
    sum(case when is_discounted then 1 else 0 end) / (count(*) * 1.0) as discount_share,
    sum(case when is_told and is_late then 1 else 0 end)
        / nullif(sum(case when is_told then 1 else 0 end) * 1.0, 0) as late_share,
    sum(case when is_refunded and refunded > 0 then 1 else 0 end) / (count(*) * 1.0) as refund_share,
from bought
group by customer_id
