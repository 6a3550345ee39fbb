-- One row per customer and campaign with a contract that still runs when the horizon after the contact is over.
-- needs: subscription_facts
select distinct units.unit
from campaign_units as units
inner join subscription_facts as contracts on units.customer_id = contracts.customer_id
where
    cast(contracts.started_at as date) <= units.started_on + getvariable('horizon_days')
    and coalesce(cast(contracts.ended_at as date) > units.started_on + getvariable('horizon_days'), true)
