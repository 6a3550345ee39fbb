-- One row per customer with a sign-up date.
select * from stg_customers
order by customer_id
