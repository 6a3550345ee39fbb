-- One row per customer with a touchpoint in the 90 days before as_of_date: how many visits.
select
    customer_id,
    sum(visits) as visits,
from touchpoint_facts
where
    occurred_on < getvariable('as_of_date')
    and occurred_on >= getvariable('as_of_date') - interval 90 day
group by customer_id
