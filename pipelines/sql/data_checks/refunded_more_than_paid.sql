-- One row per order that got more back than its goods and its delivery cost.
select
    customer_id,
    order_id as row_key,
    'paid ' || cast(cast(revenue + coalesce(shipping_fee, 0) as decimal(18, 2)) as varchar)
    || ', refunded ' || cast(cast(refunded as decimal(18, 2)) as varchar) as found,
    refunded - revenue - coalesce(shipping_fee, 0) as weight,
from orders
where refunded > revenue + coalesce(shipping_fee, 0) + 0.01
