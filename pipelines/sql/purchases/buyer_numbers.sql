-- One row per customer with an order that counts before as_of_date: a dense number in the order of customer_id.
select
    customer_id,
    cast(row_number() over (order by customer_id) - 1 as integer) as customer_number,
from orders
where ordered_at < getvariable('as_of_date') and coalesce(status, 'completed') != 'cancelled'
group by customer_id
