-- One row per product that upgrades or goes with another one, and product that makes it superfluous: itself, or better.
with links as (
    select 'up-sell' as kind, upgrade_of as base_id, product_id as offered_id, product_id as better_id from products
    union all
    select 'accessory' as kind, accessory_of as base_id, product_id as offered_id, product_id as better_id from products
    union all
    -- Who has the model above does not want this one.
    select
        'up-sell' as kind,
        offered.upgrade_of as base_id,
        offered.product_id as offered_id,
        above.product_id as better_id,
    from products as offered
    inner join products as above on offered.product_id = above.upgrade_of
)

select
    links.kind,
    base.product_number as base_number,
    offered.product_number as offered_number,
    better.product_number as better_number,
from links
inner join product_numbers as base on links.base_id = base.product_id
inner join product_numbers as offered on links.offered_id = offered.product_id
inner join product_numbers as better on links.better_id = better.product_id
where base.product_number != offered.product_number
