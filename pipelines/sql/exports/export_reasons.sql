-- One row per candidate for a file that leaves the house: why they must not be in it, empty for those who may.
-- Consent is asked for also by what needs none in the house, such as a service call: a file is used by somebody else.
-- optional: decided_withheld (customer_id varchar, action varchar)
with contacted as (
    select distinct customer_id
    from decided_contacts
    where
        arm = 'treated'
        and contacted_at >= getvariable('contacted_since')
)

select
    candidates.customer_id,
    case
        when forgotten_customers.customer_id is not null then 'forgotten'
        when coalesce(customer_holdouts.customer_id, withheld.customer_id) is not null then 'control arm'
        when decided_objections.customer_id is not null then 'objection'
        when not consents.has_consent then 'no consent'
        when contacted.customer_id is not null then 'contacted since the last scoring'
        when candidates.action is null then 'no action'
    end as reason,
from candidates
inner join export_consents as consents on candidates.customer_id = consents.customer_id
left join forgotten_customers on candidates.customer_id = forgotten_customers.customer_id
left join customer_holdouts on candidates.customer_id = customer_holdouts.customer_id
left join decided_withheld as withheld
    on candidates.customer_id = withheld.customer_id and candidates.action = withheld.action
left join decided_objections on candidates.customer_id = decided_objections.customer_id
left join contacted on candidates.customer_id = contacted.customer_id
