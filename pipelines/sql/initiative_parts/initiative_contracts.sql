-- One row per unit whose customer had a contract on the day of the unit: whether one runs when the horizon is over.
-- needs: subscription_facts
with running as (
    select
        units.unit,
        cast(contracts.started_at as date) <= units.started_on
        and coalesce(cast(contracts.ended_at as date) > units.started_on, true) as ran,
        cast(contracts.started_at as date) <= units.horizon_day
        and coalesce(cast(contracts.ended_at as date) > units.horizon_day, true) as runs,
    from initiative_units as units
    inner join subscription_facts as contracts on units.customer_id = contracts.customer_id
)

select unit, bool_or(runs) as has_stayed
from running
group by unit
having bool_or(ran)
