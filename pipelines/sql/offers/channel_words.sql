-- One row per customer who ever spoke on consent: the last word per channel, 1 yes, -1 no, empty without one.
with words as (
    select
        customer_id,
        channel,
        case when granted then 1 else -1 end as word,
    from latest_consents
)

select
    customer_id,
    max(case when channel = 'email' then word end) as email,
    max(case when channel = 'phone' then word end) as phone,
    max(case when channel = 'sms' then word end) as sms,
    max(case when channel = 'post' then word end) as post,
    max(case when channel = 'push' then word end) as push,
from words
group by customer_id
