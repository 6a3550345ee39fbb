-- One row per customer and kind of loyalty they show; nobody, one, or several per customer.
-- optional: subscription_facts (customer_id varchar, started_at timestamp, ended_at timestamp)
-- optional: customers (customer_id varchar, loyalty_points double, loyalty_tier varchar)
-- optional: order_lines (order_id varchar, product_id varchar)
-- optional: products (product_id varchar, accessory_of varchar)
-- optional: survey_facts (customer_id varchar, kind varchar, score double, answered_at timestamp, answer_number bigint)
-- optional: touchpoint_facts (customer_id varchar, recommendations double, occurred_on date)
with

known_orders as (
    select order_id, customer_id, channel, ordered_at from orders
    where ordered_at < getvariable('as_of_date') and coalesce(status, 'completed') != 'cancelled'
),

last_answers as (
    select
        customer_id,
        arg_max(score, answer_number) as nps,
    from survey_facts
    where kind = 'nps' and answered_at < getvariable('as_of_date')
    group by customer_id
),

shown as (
    select customer_id, 'contractual' as bond from subscription_facts
    where started_at < getvariable('as_of_date') and coalesce(ended_at >= getvariable('as_of_date'), true)

    union all
    select customer_id, 'economic' from customers
    where loyalty_points > 0 or loyalty_tier is not null

    union all

    select customer_id, case when channel = 'store' then 'situational' else 'technical-functional' end
    from known_orders
    where channel in ('store', 'app') and ordered_at >= getvariable('as_of_date') - interval 12 month

    union all

    select known_orders.customer_id, 'technical-functional'
    from known_orders
    inner join order_lines on known_orders.order_id = order_lines.order_id
    inner join products on order_lines.product_id = products.product_id
    where products.accessory_of is not null

    union all

    select customer_id, 'emotional' from last_answers
    where nps >= 9

    union all

    select customer_id, 'emotional' from touchpoint_facts
    where
        recommendations > 0
        and occurred_on < getvariable('as_of_date')
        and occurred_on >= getvariable('as_of_date') - interval 12 month
)

select distinct customer_id, bond from shown
