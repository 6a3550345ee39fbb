-- One row per customer who ever spoke on consent: the last word per channel, 1 yes, -1 no, empty without one.
-- What was said last counts, whatever as_of_date: nobody may be contacted on a consent since withdrawn.
-- optional: consents (customer_id varchar, channel varchar, granted boolean, changed_at timestamp)
-- optional: touchpoints (customer_id varchar, kind varchar, channel varchar, occurred_at timestamp)
with

statements as (
    select
        customer_id,
        channel,
        granted,
        changed_at,
    from consents

    union all

    -- unsubscribing withdraws consent even where the shop keeps no consent row for it
    select
        customer_id,
        case when channel in ('phone', 'sms', 'post', 'push') then channel else 'email' end,
        false,
        occurred_at,
    from touchpoints
    where kind = 'unsubscribe'
),

latest as (
    -- of a grant and a withdrawal at the same moment the withdrawal counts
    select
        customer_id,
        channel,
        case when granted then 1 else -1 end as word,
        row_number() over (partition by customer_id, channel order by changed_at desc, granted) as rank,
    from statements
)

select
    customer_id,
    max(case when channel = 'email' then word end) as email,
    max(case when channel = 'phone' then word end) as phone,
    max(case when channel = 'sms' then word end) as sms,
    max(case when channel = 'post' then word end) as post,
    max(case when channel = 'push' then word end) as push,
from latest
where rank = 1
group by customer_id
