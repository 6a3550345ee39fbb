-- One row per contract.
select * from stg_subscriptions
order by customer_id, started_at, subscription_id
