-- One row per customer with something to sell: a better model, a fitting accessory, or something used up.
-- optional: products (product_id varchar, upgrade_of varchar, accessory_of varchar)
with

links as (
    select product_id, upgrade_of as base_id, 1 as is_upgrade, 0 as is_accessory from products
    where upgrade_of is not null
    union all
    select product_id, accessory_of, 0, 1 from products
    where accessory_of is not null
),

missing as (
    select
        owned_products.customer_id,
        links.product_id,
        links.is_upgrade,
        links.is_accessory,
    from owned_products
    inner join links on owned_products.product_id = links.base_id
),

chances as (
    select customer_id, is_upgrade, is_accessory, 0 as is_due from missing
    anti join owned_products using (customer_id, product_id)

    union all

    -- The customer's own gap for the product is over, and not so long ago that they gave it up.
    select customer_id, 0, 0, 1 from owned_products
    where
        days_bought >= 3
        and getvariable('as_of_date') - last_on between
        (last_on - first_on) / (days_bought - 1.0) and 2 * (last_on - first_on) / (days_bought - 1.0)
)

select
    customer_id,
    max(is_upgrade) = 1 as upgrade_available,
    max(is_accessory) = 1 as accessory_available,
    max(is_due) = 1 as replenishment_due,
from chances
group by customer_id
