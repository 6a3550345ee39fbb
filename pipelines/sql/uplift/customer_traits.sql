-- One row per customer and moment of trait_moments: what orders and tickets had told of them by then.
-- optional: ticket_facts (customer_id varchar, opened_at timestamp)
with

orders as (
    select
        moments.unit,
        moments.known_at,
        facts.*,
        facts.ordered_at >= moments.known_at - interval 365 day as is_last_year,
    from trait_moments as moments
    inner join customer_numbers as numbers on moments.customer_id = numbers.customer_id
    inner join order_facts as facts
        on numbers.customer_number = facts.customer_number
        and facts.ordered_at < moments.known_at
),

habits as (
    select
        unit,
        date_diff('day', max(ordered_at), max(known_at)) as recency_days,
        sum(case when is_first_of_day then 1 else 0 end) as order_days,
        sum(case when is_last_year then 1 else 0 end) as orders_365d,
        sum(revenue) as revenue_total,
        sum(case when is_last_year then margin else 0 end) as margin_365d,
        avg(revenue) as mean_order_value,
        avg(case when discount > 0 then 1.0 else 0.0 end) as discounted_order_share,
        avg(gap_days) as mean_gap_days,
        stddev_samp(gap_days) / nullif(avg(gap_days), 0) as gap_variation,
        date_diff('day', min(ordered_at), max(known_at)) as tenure_days,
    from orders
    group by unit
),

tickets as (
    select
        moments.unit,
        count(*) as tickets_365d,
    from trait_moments as moments
    inner join ticket_facts as facts
        on moments.customer_id = facts.customer_id
        and facts.opened_at < moments.known_at
        and facts.opened_at >= moments.known_at - interval 365 day
    group by moments.unit
)

select
    moments.unit,
    habits.* exclude (unit),
    habits.recency_days / nullif(habits.mean_gap_days, 0) as overdue_ratio,
    coalesce(tickets.tickets_365d, 0) as tickets_365d,
from trait_moments as moments
left join habits on moments.unit = habits.unit
left join tickets on moments.unit = tickets.unit
order by moments.unit
