-- One row per customer and campaign with a ticket opened within the horizon after the contact.
-- needs: ticket_facts
select distinct units.unit
from campaign_units as units
inner join ticket_facts as tickets on units.customer_id = tickets.customer_id
where
    tickets.opened_at > units.started_at
    and cast(tickets.opened_at as date) <= units.started_on + getvariable('horizon_days')
