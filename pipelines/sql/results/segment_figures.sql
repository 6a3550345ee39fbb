-- One row per campaign, action, group at the contact and arm: customers, and the share that stayed.
select
    source,
    campaign_id,
    action,
    segment,
    is_treated,
    count(*) as n,
    avg(cast(is_retained as double)) as retention,
from unit_outcomes
group by source, campaign_id, action, segment, is_treated
order by source, campaign_id, action, segment, is_treated
