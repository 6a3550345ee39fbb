-- One row per customer and group they count in: their RFM group, and the whole shop under an empty name.
select
    customer_id,
    segment,
from customer_segments
where segment is not null

union all

select
    customer_id,
    '',
from customer_segments
where segment is not null
