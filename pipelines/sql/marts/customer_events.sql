-- One row per thing that happened with a customer before as_of_date, as far as it was known then.
-- What customers did on one day and in one way counts as one touchpoint; what the shop sent them is none of theirs.
-- optional: support_tickets (customer_id varchar, ticket_id varchar, opened_at timestamp, solved_at timestamp, topic varchar)
-- optional: surveys (customer_id varchar, survey_id varchar, answered_at timestamp, kind varchar, score double)
-- optional: contacts (customer_id varchar, contact_id varchar, contacted_at timestamp, action varchar, arm varchar, cost double)
-- optional: touchpoints (customer_id varchar, occurred_at timestamp, kind varchar)
-- optional: subscriptions (customer_id varchar, subscription_id varchar, started_at timestamp, ended_at timestamp, plan varchar, monthly_fee double)
with

events as (
    select
        customer_id,
        ordered_at as occurred_at,
        'order' as kind,
        order_id as event_id,
        revenue as amount,
        cast(null as timestamp) as ended_at,
        case when status = 'cancelled' then 'cancelled' else channel end as detail,
    from orders

    union all

    select customer_id, refunded_at, 'refund', order_id, refunded, null, null,
    from orders
    where refunded > 0

    union all

    select
        customer_id,
        opened_at,
        'ticket',
        ticket_id,
        null,
        case when solved_at < getvariable('as_of_date') then solved_at end,
        topic,
    from support_tickets

    union all

    select customer_id, answered_at, 'survey', survey_id, score, null, kind,
    from surveys

    union all

    select
        customer_id, contacted_at, 'contact', contact_id, cost, null,
        case when arm = 'control' then action || ' (held out)' else action end,
    from contacts

    union all

    select
        customer_id, started_at, 'contract', subscription_id, monthly_fee,
        case when ended_at < getvariable('as_of_date') then ended_at end, plan,
    from subscriptions

    union all

    select customer_id, min(occurred_at), 'touchpoint', kind, null, null, kind,
    from touchpoints
    where kind != 'email_sent'
    group by customer_id, cast(occurred_at as date), kind
)

select * from events
where occurred_at < getvariable('as_of_date')
order by customer_id, occurred_at, kind, event_id
