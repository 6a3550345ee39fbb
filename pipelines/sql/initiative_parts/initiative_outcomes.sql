-- One row per unit: its arm and every outcome as a number; empty where its time is not over, or the shop cannot know.
-- optional: initiative_orders (unit bigint, has_ordered boolean, has_stayed boolean)
-- optional: initiative_contracts (unit bigint, has_stayed boolean)
-- optional: initiative_tickets (unit bigint, tickets bigint, is_reopened boolean)
-- optional: initiative_ratings (unit bigint, is_satisfied boolean)
with known as (
    select
        *,
        last_day < getvariable('as_of_date') as is_over,
        horizon_day < getvariable('as_of_date') as is_horizon_over,
    from initiative_units
)

select
    known.kind,
    known.key,
    known.window_days,
    known.arm,
    known.started_on,
    known.is_horizon_over,
    case
        when not is_horizon_over then null
        when getvariable('eligibility') = 'subscribed' then cast(not contracts.has_stayed as double)
        else cast(not coalesce(orders.has_stayed, false) as double)
    end as churn,
    case when is_over then cast(coalesce(orders.has_ordered, false) as double) end as repeat_order,
    case when is_over then cast(ratings.is_satisfied as double) end as csat,
    case when is_over and knows_tickets then cast(coalesce(tickets.is_reopened, false) as double) end as reopened,
    case when is_over and knows_tickets then cast(coalesce(tickets.tickets, 0) as double) end as tickets,
    case when is_over then known.cost + coalesce(tickets.tickets, 0) * getvariable('ticket_cost') end as cost,
from known
cross join (select cast(getvariable('knows_tickets') as boolean) as knows_tickets) as shop
left join initiative_orders as orders on known.unit = orders.unit
left join initiative_contracts as contracts on known.unit = contracts.unit
left join initiative_tickets as tickets on known.unit = tickets.unit
left join initiative_ratings as ratings on known.unit = ratings.unit
