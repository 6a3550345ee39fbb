-- One row per customer in the control arm of a campaign that still runs: the first day on which they may be contacted.
-- optional: contacts (customer_id varchar, contacted_at timestamp, arm varchar)
select
    customer_id,
    greatest(
        max(cast(contacted_at as date)) + cast(getvariable('horizon_days') as integer),
        getvariable('list_day')
    ) + 1 as held_out_until,
from contacts
where
    arm = 'control'
    and contacted_at >= cast(getvariable('data_through') as date) - getvariable('horizon_days')
group by customer_id
