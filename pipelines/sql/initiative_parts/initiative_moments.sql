-- One row per customer and moment of the past two years that would have brought them into an initiative, by trigger.
-- optional: ticket_facts (customer_id varchar, opened_at timestamp, first_replied_at timestamp, reopened_at timestamp, reply_hours double)
-- optional: return_facts (customer_id varchar, ordered_at timestamp, returned_at timestamp)
with

returns as (
    select
        customer_id,
        returned_at,
        ordered_at != lag(ordered_at) over in_order
        and returned_at <= lag(returned_at) over in_order + interval 90 day as is_repeat,
    from return_facts
    where returned_at is not null
    window in_order as (partition by customer_id order by returned_at, ordered_at)
),

found as (
    select 'open ticket' as trigger, customer_id, opened_at as found_at from ticket_facts

    union all

    select 'reopened ticket', customer_id, reopened_at from ticket_facts
    where reopened_at is not null

    union all

    select 'slow reply', customer_id, first_replied_at from ticket_facts
    where reply_hours > getvariable('slow_reply_hours')

    union all

    -- a parcel is late the day after the promised one
    select 'late parcel', customer_id, cast(promised_on + 1 as timestamp) from order_facts
    where delivered_on > promised_on

    union all

    select 'repeat returns', customer_id, returned_at from returns
    where is_repeat

    union all

    select 'first order', customer_id, ordered_at from order_facts
    where order_number = 1
)

select trigger, customer_id, found_at from found
where
    found_at < getvariable('as_of_date')
    and found_at >= getvariable('as_of_date') - interval 24 month
