-- One row per unit with a ticket opened or reopened after it: how many were opened within its window, was one reopened.
-- needs: ticket_facts
select
    units.unit,
    sum(case when tickets.opened_at > units.started_at then 1 else 0 end) as tickets,
    bool_or(
        coalesce(tickets.reopened_at > units.started_at and cast(tickets.reopened_at as date) <= units.last_day, false)
    ) as is_reopened,
from initiative_units as units
inner join ticket_facts as tickets
    on units.customer_id = tickets.customer_id
    and cast(tickets.opened_at as date) <= units.last_day
where
    tickets.opened_at > units.started_at
    or tickets.reopened_at > units.started_at
group by units.unit
