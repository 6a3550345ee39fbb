-- One row per customer looked at and group they count in: the shop, RFM group, stage, persona, each bond they show.
-- optional: customer_personas (customer_id varchar, persona_id varchar)
with listed as (
    select customer_id, segment, lifecycle_stage from customer_list
    where is_eligible
)

select customer_id, 'shop' as dimension, '' as group_name from listed
union all
select customer_id, 'segment', segment from listed
where segment is not null
union all
select customer_id, 'lifecycle_stage', lifecycle_stage from listed
where lifecycle_stage is not null
union all
select listed.customer_id, 'persona', personas.persona_id
from listed
inner join customer_personas as personas on listed.customer_id = personas.customer_id
union all
select listed.customer_id, 'bond', bonds.bond
from listed
inner join expansion_bonds as bonds on listed.customer_id = bonds.customer_id
