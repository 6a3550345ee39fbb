-- One row per trigger and customer who meets it at as_of_date: since when, and the newest ticket or parcel it is about.
-- optional: support_tickets (ticket_id varchar, customer_id varchar, opened_at timestamp, first_replied_at timestamp, solved_at timestamp, reopened_at timestamp, topic varchar)
-- optional: proactive_service (customer_id varchar, state varchar, found_on date, order_id varchar)
with

tickets as (
    select
        ticket_id,
        customer_id,
        topic,
        opened_at,
        case when first_replied_at < getvariable('as_of_date') then first_replied_at end as replied_at,
        case when solved_at < getvariable('as_of_date') then solved_at end as solved_at,
        case when reopened_at < getvariable('as_of_date') then reopened_at end as reopened_at,
    from support_tickets
    where
        opened_at < getvariable('as_of_date')
        and opened_at >= getvariable('as_of_date') - interval 180 day
),

met as (
    select 'open ticket' as trigger, *, greatest(opened_at, reopened_at) as found_at from tickets
    where coalesce(reopened_at > solved_at, solved_at is null)

    union all

    select 'reopened ticket', *, reopened_at from tickets
    where reopened_at >= getvariable('as_of_date') - interval 30 day

    union all

    select 'slow reply', *, replied_at from tickets
    where
        replied_at >= getvariable('as_of_date') - interval 30 day
        and date_diff('second', opened_at, replied_at) / 3600.0 > getvariable('slow_reply_hours')
),

newest as (
    select *, row_number() over (partition by trigger, customer_id order by found_at desc, ticket_id) as place from met
)

select
    trigger,
    customer_id,
    cast(found_at as date) as since,
    ticket_id,
    topic,
    cast(null as varchar) as order_id,
from newest
where place = 1

union all

select state, customer_id, found_on, null, null, order_id from proactive_service

union all

select 'first order', customer_id, first_ordered_on, null, null, null from customer_cadence
where first_ordered_on >= getvariable('as_of_date') - 30
order by trigger, customer_id
