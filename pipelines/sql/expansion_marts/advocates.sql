-- One row per customer looked at whose last NPS answer is 9 or 10: each part of the rule, and who may be asked.
-- optional: nps_voices (customer_id varchar, nps double, answered_at timestamp, is_recent boolean, is_satisfied boolean, is_loyal boolean, is_safe boolean, is_served boolean, referrals bigint)
-- optional: referral_offers (customer_id varchar, blocked_by varchar, deferred_until date)
with judged as (
    select
        *,
        is_recent and is_satisfied and is_loyal and is_safe and is_served as is_advocate,
    from nps_voices
    where nps >= 9
)

select
    judged.*,
    judged.is_advocate and offers.customer_id is not null and offers.blocked_by is null as may_be_asked,
    offers.blocked_by,
    offers.deferred_until,
from judged
left join referral_offers as offers on judged.customer_id = offers.customer_id
order by judged.customer_id
