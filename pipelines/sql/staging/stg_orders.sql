-- One row per order that counts: not cancelled, and with what was known before known_until.
-- A refund or delivery without a moment of its own is unknown at every date, so it stays out.
select
    order_id,
    customer_id,
    ordered_at,
    cast(ordered_at as date) as ordered_on,
    revenue,
    discount,
    shipping_fee,
    coupon is not null and coupon != '' as has_coupon,
    case when refunded_at < getvariable('known_until') then refunded end as refunded,
    -- A snapshot begins at midnight: a day is strictly before it exactly when its moments are.
    case when refunded_at < getvariable('known_until') then cast(refunded_at as date) end as refunded_on,
    case when promised_at < getvariable('known_until') then cast(promised_at as date) end as promised_on,
    case when delivered_at < getvariable('known_until') then cast(delivered_at as date) end as delivered_on,
from orders
where
    ordered_at < getvariable('known_until')
    and coalesce(status, 'completed') != 'cancelled'
