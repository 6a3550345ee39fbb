-- One row per unit whose customer has a contract that still runs when the churn horizon is over.
-- needs: subscription_facts
select distinct units.unit
from initiative_units as units
inner join subscription_facts as contracts on units.customer_id = contracts.customer_id
where
    cast(contracts.started_at as date) <= units.horizon_day
    and coalesce(cast(contracts.ended_at as date) > units.horizon_day, true)
