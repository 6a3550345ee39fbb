-- One row per customer whose suggested action is held back, earns nothing, or who is held out: none may be.
select
    scores.customer_id,
    scores.action,
    actions.blocked_by,
from customer_scores as scores
left join customer_actions as actions on scores.customer_id = actions.customer_id and scores.action = actions.action
left join customer_holdouts as holdouts on scores.customer_id = holdouts.customer_id
where
    scores.action is not null
    and (
        actions.action is null
        or actions.blocked_by is not null
        or not scores.expected_net > 0
        or holdouts.customer_id is not null
    )
