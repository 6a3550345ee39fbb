-- One row per customer that stands twice in the list or in the scores: none may.
select
    customer_id,
    count(*) as copies,
from customer_list
group by customer_id
having count(*) > 1

union all

select
    customer_id,
    count(*),
from customer_scores
group by customer_id
having count(*) > 1
