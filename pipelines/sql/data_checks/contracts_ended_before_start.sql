-- One row per contract that ended before the day on which it began.
select
    customer_id,
    subscription_id as row_key,
    'began ' || cast(cast(started_at as date) as varchar)
    || ', ended ' || cast(cast(ended_at as date) as varchar) as found,
    date_diff('day', ended_at, started_at) as weight,
from subscriptions
where cast(ended_at as date) < cast(started_at as date)
