-- One row per customer or limit with which the plan breaks a rule of its own: none may.
select
    planned.customer_id as what,
    'planned twice' as why,
from customer_plan as planned
group by planned.customer_id
having count(*) > 1

union all

select
    planned.customer_id,
    'held back or worth nothing',
from customer_plan as planned
left join customer_actions as offers on planned.customer_id = offers.customer_id and planned.action = offers.action
left join customer_holdouts as holdouts on planned.customer_id = holdouts.customer_id
where
    offers.action is null
    or offers.blocked_by is not null
    or offers.deferred_until is not null
    or not offers.expected_net > 0
    or holdouts.customer_id is not null

union all

select
    plan_limits.limit_name,
    'more used than allowed',
from plan_limits
where plan_limits.used > plan_limits.allowed * 1.000001 + 0.000001
