-- One row per scored customer and action whose effects on single customers are unlocked: the share expected of them.
-- optional: customer_uplift (customer_id varchar, action varchar, acceptance double)
select
    customer_states.position,
    customer_uplift.action,
    customer_uplift.acceptance as figure,
from customer_uplift
inner join customer_states on customer_uplift.customer_id = customer_states.customer_id
order by customer_states.position
