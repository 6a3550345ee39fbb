-- One row per customer in a control arm: the first day on which they may be contacted.
-- A campaign launched here holds out through its stop date, a withheld contact of the shop's own for one horizon.
-- optional: contacts (contact_id varchar, customer_id varchar, contacted_at timestamp, arm varchar)
-- optional: decided_contacts (contact_id varchar, customer_id varchar, contacted_at timestamp, arm varchar, campaign_id varchar)
-- optional: decided_holdouts (customer_id varchar, held_out_until date)
with

withheld as (
    select
        customer_id,
        contacted_at,
    from contacts
    where
        arm = 'control'
        -- what was withheld here is known from here: its campaign says how long
        and contact_id not in (select contact_id from decided_contacts)

    union all

    select
        customer_id,
        contacted_at,
    from decided_contacts
    where
        arm = 'control'
        and campaign_id is null
),

held_out as (
    select
        customer_id,
        greatest(
            cast(contacted_at as date) + cast(getvariable('horizon_days') as integer),
            getvariable('as_of_date'),
            cast(getvariable('data_through') as date)
        ) + 1 as held_out_until,
    from withheld
    where contacted_at >= cast(getvariable('data_through') as date) - getvariable('horizon_days')

    union all

    select
        customer_id,
        held_out_until,
    from decided_holdouts
    where held_out_until > greatest(getvariable('as_of_date'), cast(getvariable('data_through') as date))
)

select
    customer_id,
    max(held_out_until) as held_out_until,
from held_out
group by customer_id
