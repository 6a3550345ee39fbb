-- One row per customer counted for pairs, day and product: what was bought together.
select
    purchase_days.customer_number,
    purchase_days.ordered_on,
    purchase_days.product_number,
from purchase_days
inner join pair_products
    on purchase_days.customer_number = pair_products.customer_number
    and purchase_days.product_number = pair_products.product_number
