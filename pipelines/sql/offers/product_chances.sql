-- One row per customer with something to sell: a better model, a fitting accessory, or something used up.
-- optional: due_customers (customer_id varchar)
with chances as (
    select customer_id, kind from customer_recommendations
    where kind in ('up-sell', 'accessory')
    union all
    select customer_id, 'due' from due_customers
)

select
    customer_id,
    bool_or(kind = 'up-sell') as upgrade_available,
    bool_or(kind = 'accessory') as accessory_available,
    bool_or(kind = 'due') as replenishment_due,
from chances
group by customer_id
