-- One row per contract started before known_until; an end after it is not known yet.
select
    subscription_id,
    customer_id,
    nullif(trim(plan), '') as plan,
    started_at,
    case when ended_at < getvariable('known_until') then ended_at end as ended_at,
    monthly_fee,
from subscriptions
where started_at < getvariable('known_until')
