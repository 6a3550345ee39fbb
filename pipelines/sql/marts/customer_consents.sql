-- One row per customer who may be contacted: the channels open today.
select
    customer_id,
    string_agg(channel, ', ' order by channel) as contactable_channels,
from latest_consents
where granted
group by customer_id
