-- One row per retention contact that was made (not withheld) before known_until.
select
    contact_id,
    customer_id,
    contacted_at,
    case when responded_at < getvariable('known_until') then responded_at end as responded_at,
from contacts
where
    contacted_at < getvariable('known_until')
    and arm = 'treated'
