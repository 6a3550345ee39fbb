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
    coupon,
    case when refunded_at < getvariable('known_until') then refunded end as refunded,
    case when refunded_at < getvariable('known_until') then refunded_at end as refunded_at,
    case when promised_at < getvariable('known_until') then promised_at end as promised_at,
    case when delivered_at < getvariable('known_until') then delivered_at end as delivered_at,
from orders
where
    ordered_at < getvariable('known_until')
    and coalesce(status, 'completed') != 'cancelled'
