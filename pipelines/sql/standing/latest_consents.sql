-- One row per customer and channel with a word on consent: the last one.
-- What was said last counts, whatever as_of_date: nobody may be contacted on a consent since withdrawn.
-- optional: consents (customer_id varchar, channel varchar, granted boolean, changed_at timestamp)
-- optional: touchpoints (customer_id varchar, kind varchar, channel varchar, occurred_at timestamp)
-- optional: decided_objections (customer_id varchar)
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
        granted,
        row_number() over (partition by customer_id, channel order by changed_at desc, granted) as rank,
    from statements
)

select
    customer_id,
    channel,
    granted,
from latest
where
    rank = 1
    and customer_id not in (select customer_id from decided_objections)

union all

-- who said "do not contact me" meant every channel, until the answer itself is corrected
select
    decided_objections.customer_id,
    channels.channel,
    false as granted,
from decided_objections
cross join (values ('email'), ('phone'), ('sms'), ('post'), ('push')) as channels (channel)
