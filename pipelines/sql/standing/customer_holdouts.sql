-- One row per customer in the control arm of a campaign that still runs: one horizon from the withheld contact on.
-- optional: contacts (customer_id varchar, contacted_at timestamp, arm varchar)
select
    customer_id,
    max(contacted_at) as held_out_at,
from contacts
where
    arm = 'control'
    and contacted_at >= cast(getvariable('data_through') as date) - getvariable('horizon_days')
group by customer_id
