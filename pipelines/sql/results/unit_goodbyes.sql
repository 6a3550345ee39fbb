-- One row per customer and campaign who withdrew a consent, unsubscribed or objected within the horizon after it.
-- optional: consent_facts (customer_id varchar, granted boolean, changed_at timestamp)
-- optional: touchpoint_facts (customer_id varchar, occurred_on date, unsubscribes double)
-- optional: decided_outcomes (customer_id varchar, result varchar, recorded_at timestamp)
with

withdrawals as (
    select customer_id, cast(changed_at as date) as withdrawn_on from consent_facts
    where not granted

    union all

    select customer_id, occurred_on from touchpoint_facts
    where unsubscribes > 0

    union all

    -- what a mail tool calls an unsubscribe is written down here as an objection
    select customer_id, cast(recorded_at as date) from decided_outcomes
    where result = 'do not contact'
)

select distinct units.unit
from campaign_units as units
inner join withdrawals on units.customer_id = withdrawals.customer_id
-- a touchpoint has a day alone, and many say goodbye on the day of the contact
where withdrawals.withdrawn_on between units.started_on and units.started_on + getvariable('horizon_days')
