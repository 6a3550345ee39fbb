-- One row per customer contacted before the as-of date: how often, and whether they responded.
with contacts as (
    select
        *,
        date_diff('day', cast(contacted_at as date), getvariable('as_of_date')) as days_ago,
    from contact_facts
    where contacted_at < getvariable('as_of_date')
)

select
    customer_id,
    sum(case when days_ago <= 180 then 1 else 0 end) as contacts_180d,
    min(days_ago) as days_since_contact,
    avg(case when responded_at < getvariable('as_of_date') then 1.0 else 0.0 end) as contact_response_share,
from contacts
group by customer_id
