-- One row per group of customers and action that sells: whom it fits, who may get it now, and what that would earn.
select
    members.dimension,
    members.group_name,
    actions.action,
    actions.title,
    actions.kind,
    count(*) as fits,
    sum(case when offers.blocked_by is null then 1 else 0 end) as allowed,
    sum(case when offers.blocked_by is null and offers.expected_net > 0 then 1 else 0 end) as paying,
    sum(case when offers.blocked_by is null and offers.expected_net > 0 then offers.expected_net else 0 end)
        as expected_net,
    max(offers.acceptance_source) as acceptance_source,
from expansion_groups as members
inner join customer_actions as offers on members.customer_id = offers.customer_id
inner join actions on offers.action = actions.action
where actions.kind in ('cross-sell', 'up-sell', 'replenishment', 'referral')
group by members.dimension, members.group_name, actions.action, actions.title, actions.kind
order by members.dimension, members.group_name, min(actions.place)
