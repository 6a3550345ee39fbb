-- One row per customer signed up before known_until; without a sign-up date nothing tells when the rest was known.
select
    customer_id,
    signed_up_at,
    is_business,
from customers
where signed_up_at < getvariable('known_until')
