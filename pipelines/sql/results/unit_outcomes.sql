-- One row per customer and campaign whose horizon is over: arm, group at the contact, and everything that is compared.
-- optional: unit_complaints (unit bigint)
-- optional: unit_goodbyes (unit bigint)
-- optional: unit_ratings (unit bigint, is_satisfied boolean)
-- optional: unit_contracts (unit bigint)
with

quintiles as (
    select
        orders.*,
        1 + cast(-recency > r1 as integer) + cast(-recency > r2 as integer)
        + cast(-recency > r3 as integer) + cast(-recency > r4 as integer) as r,
        1 + cast(frequency > f1 as integer) + cast(frequency > f2 as integer)
        + cast(frequency > f3 as integer) + cast(frequency > f4 as integer) as f,
        1 + cast(monetary > m1 as integer) + cast(monetary > m2 as integer)
        + cast(monetary > m3 as integer) + cast(monetary > m4 as integer) as m,
    from unit_orders as orders
    cross join segment_edges
)

select
    units.unit,
    units.source,
    units.campaign_id,
    units.customer_id,
    units.started_at,
    units.action,
    units.arm = 'treated' as is_treated,
    coalesce(names.segment, 'No orders') as segment,
    case
        when getvariable('eligibility') = 'subscribed' then contracts.unit is not null
        else coalesce(orders.has_ordered, 0) = 1
    end as is_retained,
    coalesce(orders.revenue, 0) as revenue,
    coalesce(orders.margin, 0) as margin,
    units.contact_cost,
    coalesce(orders.margin, 0) - units.contact_cost as net,
    coalesce(orders.margin_before, 0) as margin_before,
    coalesce(orders.order_margin, 0) as order_margin,
    coalesce(orders.order_revenue, 0) as order_revenue,
    complaints.unit is not null as has_complained,
    goodbyes.unit is not null as has_unsubscribed,
    ratings.is_satisfied,
from campaign_units as units
left join quintiles as orders on units.unit = orders.unit
left join segment_names as names on orders.r = names.r and (orders.f + orders.m + 1) // 2 = names.level
left join unit_complaints as complaints on units.unit = complaints.unit
left join unit_goodbyes as goodbyes on units.unit = goodbyes.unit
left join unit_ratings as ratings on units.unit = ratings.unit
left join unit_contracts as contracts on units.unit = contracts.unit
where units.started_on + getvariable('horizon_days') < getvariable('as_of_date')
