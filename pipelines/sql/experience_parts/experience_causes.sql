-- One row per customer and compared day with a ticket in the 90 days before it whose cause no table shows.
select distinct
    days.as_of_date,
    known.customer_id,
from experience_days as days
inner join experience_known_tickets as known
    on known.opened_at < days.as_of_date
    and known.opened_at >= days.as_of_date - interval 90 day
where strpos(getvariable('hidden_causes'), '|' || lower(known.topic) || '|') > 0
