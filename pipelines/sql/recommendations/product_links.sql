-- One row per product that upgrades or goes with another one: which, and what makes it superfluous.
with links as (
    select 'up-sell' as kind, upgrade_of as base_id, product_id as offered_id from products
    union all
    select 'accessory' as kind, accessory_of as base_id, product_id as offered_id from products
)

select
    links.kind,
    base.product_number as base_number,
    base.product_name as base_name,
    offered.product_number as offered_number,
    higher.product_number as higher_number,
from links
inner join product_numbers as base on links.base_id = base.product_id
inner join product_numbers as offered on links.offered_id = offered.product_id
-- Who has the model above does not want this one.
left join products as above on links.kind = 'up-sell' and links.offered_id = above.upgrade_of
left join product_numbers as higher on above.product_id = higher.product_id
where base.product_number != offered.product_number
