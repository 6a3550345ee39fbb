-- One row per customer without a segment or a lifecycle stage: none may.
select
    customer_id,
    segment,
    lifecycle_stage,
from customer_list
where segment is null or lifecycle_stage is null
