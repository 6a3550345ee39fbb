-- One row per customer and campaign who withdrew a consent or unsubscribed within the horizon after the contact.
-- optional: consent_facts (customer_id varchar, granted boolean, changed_at timestamp)
-- optional: touchpoint_facts (customer_id varchar, occurred_on date, unsubscribes double)
with

withdrawals as (
    select customer_id, cast(changed_at as date) as withdrawn_on from consent_facts
    where not granted

    union all

    select customer_id, occurred_on from touchpoint_facts
    where unsubscribes > 0
)

select distinct units.unit
from campaign_units as units
inner join withdrawals on units.customer_id = withdrawals.customer_id
-- a touchpoint has a day alone, and many say goodbye on the day of the contact
where withdrawals.withdrawn_on between units.started_on and units.started_on + getvariable('horizon_days')
