-- One row per customer and product bought before as_of_date: on how many days, and the first and the last of them.
select
    customer_number,
    product_number,
    cast(count(*) as integer) as purchase_days,
    min(ordered_on) as first_bought_on,
    max(ordered_on) as last_bought_on,
from purchase_days
group by customer_number, product_number
