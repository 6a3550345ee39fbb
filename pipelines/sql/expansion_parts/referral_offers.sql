-- One row per customer whom an action of kind referral fits: the rule that holds back every such action, if one does.
select
    offers.customer_id,
    case when count(offers.blocked_by) = count(*) then min(offers.blocked_by) end as blocked_by,
    case when count(offers.blocked_by) = count(*) then min(offers.deferred_until) end as deferred_until,
from customer_actions as offers
inner join actions on offers.action = actions.action
where actions.kind = 'referral'
group by offers.customer_id
