-- One row per scored customer with an offer: what the plan, else the best allowed offer, suggests, or what waits.
-- Who may be offered nothing today waits for the offer worth most: its rule, and the day it ends, where one is known.
-- optional: customer_plan (customer_id varchar, action varchar)
-- optional: customer_actions (customer_id varchar, action varchar, channel varchar, expected_net double, cost double, agent_minutes double, deferred_until date, blocked_by varchar)
-- optional: actions (action varchar, title varchar)
with

chosen as (
    select
        scores.customer_id,
        coalesce(planned.action, scores.action) as action,
        planned.action is not null as is_planned,
    from customer_scores as scores
    left join customer_plan as planned on scores.customer_id = planned.customer_id
),

ranked as (
    select
        offers.*,
        chosen.is_planned,
        row_number() over (
            partition by offers.customer_id order by offers.expected_net desc, offers.action
        ) as place,
    from customer_actions as offers
    inner join chosen on offers.customer_id = chosen.customer_id
    where
        offers.action = chosen.action
        -- nobody waits for what would earn nothing
        or (chosen.action is null and offers.blocked_by is not null and offers.expected_net > 0)
)

select
    ranked.customer_id,
    case when ranked.blocked_by is null then ranked.action end as action,
    actions.title as action_title,
    ranked.channel,
    case when ranked.blocked_by is null then ranked.expected_net end as expected_net,
    case when ranked.blocked_by is null then ranked.cost end as cost,
    case when ranked.blocked_by is null then ranked.agent_minutes end as agent_minutes,
    ranked.blocked_by,
    ranked.deferred_until,
    ranked.is_planned,
from ranked
left join actions on ranked.action = actions.action
where ranked.place = 1
