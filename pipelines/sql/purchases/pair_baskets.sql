-- One row per two products that were bought together: by how many customers, and how often; the smaller number first.
with by_customer as (
    select
        one.product_number,
        other.product_number as pair_number,
        one.customer_number,
        count(*) as baskets,
    from basket_products as one
    inner join basket_products as other
        on one.customer_number = other.customer_number
        and one.ordered_on = other.ordered_on
        and one.product_number < other.product_number
    group by one.product_number, other.product_number, one.customer_number
)

select
    product_number,
    pair_number,
    count(*) as customers,
    sum(baskets) as baskets,
from by_customer
group by product_number, pair_number
having count(*) >= 5
