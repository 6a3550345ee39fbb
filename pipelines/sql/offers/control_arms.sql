-- One row per customer in the control arm of a campaign that still runs: the first day on which they may be contacted.
select
    customer_id,
    greatest(
        cast(held_out_at as date) + cast(getvariable('horizon_days') as integer),
        getvariable('list_day')
    ) + 1 as held_out_until,
from customer_holdouts
