-- One row per customer and campaign whose horizon is over: orders in it, and what they had bought until the contact.
-- The window is from the moment of the contact to the end of the day one horizon later, as the label of churn.
with

units as (
    select
        campaign_units.unit,
        campaign_units.started_at,
        campaign_units.started_on,
        campaign_units.started_on + getvariable('horizon_days') as last_day,
        numbers.customer_number,
    from campaign_units
    inner join customer_numbers as numbers on campaign_units.customer_id = numbers.customer_id
    where campaign_units.started_on + getvariable('horizon_days') < getvariable('as_of_date')
),

orders as (
    select
        units.*,
        facts.ordered_on,
        facts.is_first_of_day,
        facts.revenue,
        facts.margin,
        facts.ordered_at > units.started_at as is_after,
        -- a refund counts where it was made before the window closed
        case when facts.refunded_on <= units.last_day then facts.refunded else 0 end as refunded,
    from units
    inner join order_facts as facts
        on units.customer_number = facts.customer_number
        and facts.ordered_on <= units.last_day
)

select
    unit,
    max(case when is_after then 1 else 0 end) as has_ordered,
    sum(case when is_after then revenue - refunded else 0 end) as revenue,
    -- what comes back takes its share of the margin with it
    sum(case when is_after then margin * (1 - coalesce(refunded / nullif(revenue, 0), 0)) else 0 end) as margin,
    sum(case when not is_after and ordered_on > started_on - 365 then margin else 0 end) as margin_before,
    avg(case when not is_after then margin end) as order_margin,
    avg(case when not is_after then revenue end) as order_revenue,
    max(started_on) - max(case when not is_after then ordered_on end) as recency,
    sum(case when not is_after and is_first_of_day then 1 else 0 end) as frequency,
    sum(case when not is_after then revenue else 0 end) as monetary,
from orders
group by unit
