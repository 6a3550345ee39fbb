-- One row per touchpoint before known_until.
select
    customer_id,
    cast(occurred_at as date) as occurred_on,
    kind,
from touchpoints
where occurred_at < getvariable('known_until')
