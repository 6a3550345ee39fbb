-- One row per customer with a contract that runs at as_of_date.
select distinct customer_id
from subscription_facts
where
    started_at < getvariable('as_of_date')
    and coalesce(ended_at >= getvariable('as_of_date'), true)
