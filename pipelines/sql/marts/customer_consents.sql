-- One row per customer who ever spoke on consent: the channels open today, empty where there is none.
select
    customer_id,
    coalesce(string_agg(case when granted then channel end, ', ' order by channel), '') as contactable_channels,
from latest_consents
group by customer_id
