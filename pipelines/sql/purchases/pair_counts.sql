-- One row per two products that at least five of the counted customers bought both of; the smaller number first.
select
    one.product_number,
    other.product_number as pair_number,
    count(*) as support,
from pair_products as one
inner join pair_products as other
    on one.customer_number = other.customer_number and one.product_number < other.product_number
group by one.product_number, other.product_number
having count(*) >= 5
