-- One row per running contract whose next renewal lies before the newest order: its end may not have been recorded.
select
    customer_id,
    subscription_id as row_key,
    'renewal due ' || cast(cast(renews_at as date) as varchar) || ', neither renewed nor ended' as found,
    date_diff('day', renews_at, getvariable('data_through')) as weight,
from subscriptions
where ended_at is null and renews_at < getvariable('data_through') - interval 1 day
