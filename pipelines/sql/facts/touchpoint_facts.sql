-- One row per customer and day with a touchpoint: how many of each kind.
with touchpoints as (
    select * from stg_touchpoints
)

select
    customer_id,
    occurred_on,
    sum(case when kind in ('visit', 'store_visit') then 1 else 0 end) as visits,
    sum(case when kind = 'cart_abandoned' then 1 else 0 end) as carts_abandoned,
    sum(case when kind = 'email_sent' then 1 else 0 end) as emails_sent,
    sum(case when kind = 'email_opened' then 1 else 0 end) as emails_opened,
    sum(case when kind in ('review', 'referral') then 1 else 0 end) as recommendations,
    sum(case when kind = 'unsubscribe' then 1 else 0 end) as unsubscribes,
from touchpoints
group by customer_id, occurred_on
order by customer_id, occurred_on
