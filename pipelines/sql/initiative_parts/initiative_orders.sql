-- One row per unit whose customer ordered after its moment: within its window, within the churn horizon.
select
    units.unit,
    bool_or(facts.ordered_on <= units.last_day) as has_ordered,
    bool_or(facts.ordered_on <= units.horizon_day) as has_stayed,
from initiative_units as units
inner join customer_numbers as numbers on units.customer_id = numbers.customer_id
inner join order_facts as facts
    on numbers.customer_number = facts.customer_number
    and facts.ordered_at > units.started_at
    and facts.ordered_on <= greatest(units.last_day, units.horizon_day)
group by units.unit
