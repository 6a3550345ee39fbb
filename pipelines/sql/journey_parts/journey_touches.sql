-- One row per customer, day and touchpoint of the journey's days, on the day on which it was known what it was.
-- optional: touchpoints (customer_id varchar, occurred_at timestamp, kind varchar)
-- optional: contacts (customer_id varchar, contacted_at timestamp, arm varchar)
-- optional: surveys (customer_id varchar, answered_at timestamp, kind varchar, score double)
-- optional: journey_orders (customer_id varchar, day integer, touchpoint varchar)
-- optional: journey_tickets (customer_id varchar, day integer, touchpoint varchar)
with

moments as (
    select customer_id, day, touchpoint from journey_orders
    union all
    select customer_id, day, touchpoint from journey_tickets
    union all
    select
        customer_id,
        date_diff('day', date '1970-01-01', cast(occurred_at as date)) as day,
        case kind
            when 'visit' then 'visit'
            when 'store_visit' then 'visit'
            when 'cart_abandoned' then 'cart left'
            when 'email_opened' then 'mail read'
            when 'email_clicked' then 'mail read'
            when 'chat' then 'chat'
            when 'review' then 'praise'
            when 'referral' then 'praise'
            when 'unsubscribe' then 'unsubscribed'
        end as touchpoint,
    from touchpoints
    where occurred_at < getvariable('as_of_date')
    union all
    select customer_id, date_diff('day', date '1970-01-01', cast(contacted_at as date)), 'contact'
    from contacts
    where arm = 'treated' and contacted_at < getvariable('as_of_date')
    union all
    select customer_id, date_diff('day', date '1970-01-01', cast(answered_at as date)), 'answer'
    from surveys
    where answered_at < getvariable('as_of_date')
)

select
    cast(people.customer_number as integer) as customer_number,
    cast(moments.day as integer) as day,
    kinds.kind,
    cast(count(*) as integer) as times,
from moments
inner join journey_kinds as kinds on moments.touchpoint = kinds.touchpoint
inner join journey_people as people on moments.customer_id = people.customer_id
where moments.day >= getvariable('journey_from')
group by people.customer_number, moments.day, kinds.kind
