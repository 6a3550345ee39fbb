-- One row per customer who ever did something: the number that stands for them; who never bought is numbered last.
-- optional: touchpoints (customer_id varchar, occurred_at timestamp)
-- optional: support_tickets (customer_id varchar, opened_at timestamp)
with

others as (
    select customer_id from touchpoints where occurred_at < getvariable('as_of_date')
    union
    select customer_id from support_tickets where opened_at < getvariable('as_of_date')
),

strangers as (
    select others.customer_id
    from others
    left join customer_numbers on others.customer_id = customer_numbers.customer_id
    where customer_numbers.customer_id is null
)

select
    customer_id,
    customer_number,
from customer_numbers
union all
select
    customer_id,
    (select coalesce(max(customer_number), 0) from customer_numbers) + row_number() over (order by customer_id),
from strangers
