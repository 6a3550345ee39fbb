-- One row per retention contact that was made.
select * from stg_contacts
order by customer_id, contacted_at, contact_id
