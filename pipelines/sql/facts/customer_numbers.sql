-- One row per customer who can be in a snapshot: the number that stands for them in the facts of orders.
select * from customer_keys
order by customer_number
