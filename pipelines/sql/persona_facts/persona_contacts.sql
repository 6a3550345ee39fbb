-- One row per persona and channel: contacts made before as_of_date, and how many of them were answered by then.
-- optional: contacts (customer_id varchar, contacted_at timestamp, responded_at timestamp, arm varchar, channel varchar)
select
    persona_id,
    channel,
    count(*) as contacts,
    sum(case when responded_at < getvariable('as_of_date') then 1 else 0 end) as answers,
from contacts
inner join customer_personas using (customer_id)
where arm = 'treated' and contacted_at < getvariable('as_of_date')
group by persona_id, channel
