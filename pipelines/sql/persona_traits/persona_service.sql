-- One row per customer with a ticket in the 12 months before as_of_date: how many.
select
    customer_id,
    count(*) as tickets,
from ticket_facts
where
    opened_at < getvariable('as_of_date')
    and opened_at >= getvariable('as_of_date') - interval 12 month
group by customer_id
