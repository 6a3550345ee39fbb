-- One row per customer counted for pairs and product: the 150 bought last, so that no wholesaler outweighs the rest.
with newest as (
    select
        purchased_products.customer_number,
        purchased_products.product_number,
        row_number() over (
            partition by purchased_products.customer_number
            order by purchased_products.last_bought_on desc, purchased_products.product_number
        ) as products_back,
    from purchased_products
    inner join pair_customers on purchased_products.customer_number = pair_customers.customer_number
)

select
    customer_number,
    product_number,
from newest
where products_back <= 150
