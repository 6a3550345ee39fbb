-- One row per change of consent.
select * from stg_consents
order by customer_id, channel, changed_at
