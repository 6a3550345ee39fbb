-- One row per change of consent before known_until.
select
    customer_id,
    channel,
    granted,
    changed_at,
from consents
where changed_at < getvariable('known_until')
