-- One row per scored customer, numbered from 0 in the order of customer_id: everything that decides on an action.
-- optional: ticket_troubles (customer_id varchar, reopened_on date, slow_on date)
-- optional: last_nps (customer_id varchar, nps double)
-- optional: running_contracts (customer_id varchar)
-- optional: proactive_service (customer_id varchar, state varchar)
-- optional: product_chances (customer_id varchar, upgrade_available boolean, accessory_available boolean, replenishment_due boolean)
select
    cast(row_number() over (order by scores.customer_id) - 1 as integer) as position,
    scores.customer_id,
    scores.churn_risk,
    scores.expected_value,
    scores.risk_band,
    scores.segment,
    scores.lifecycle_stage as lifecycle,
    cast(cadence.days_since_last_order as double) as days_since_last_order,
    floor(cadence.days_since_last_order - cadence.median_gap_days) as days_overdue,
    cast(coalesce(habits.orders, 0) as double) as orders,
    coalesce(habits.order_revenue, 0) as average_order,
    coalesce(habits.order_margin, 0) as order_margin,
    habits.discount_share,
    cast(last_nps.nps as double) as nps,
    coalesce(waiting.open_tickets, 0) > 0 as open_ticket,
    troubles.reopened_on,
    troubles.slow_on,
    habits.late_on,
    parcels.customer_id is not null as late_parcel,
    repeats.customer_id is not null as repeat_returns,
    contracts.customer_id is not null as has_contract,
    coalesce(chances.upgrade_available, false) as upgrade_available,
    coalesce(chances.accessory_available, false) as accessory_available,
    coalesce(chances.replenishment_due, false) as replenishment_due,
    coalesce(words.email, 0) as email,
    coalesce(words.phone, 0) as phone,
    coalesce(words.sms, 0) as sms,
    coalesce(words.post, 0) as post,
    coalesce(words.push, 0) as push,
    arms.held_out_until,
from customer_scores as scores
left join customer_cadence as cadence on scores.customer_id = cadence.customer_id
left join order_habits as habits on scores.customer_id = habits.customer_id
left join last_nps on scores.customer_id = last_nps.customer_id
left join ticket_troubles as troubles on scores.customer_id = troubles.customer_id
left join customer_open_tickets as waiting on scores.customer_id = waiting.customer_id
left join proactive_service as parcels
    on scores.customer_id = parcels.customer_id and parcels.state = 'late parcel'
left join proactive_service as repeats
    on scores.customer_id = repeats.customer_id and repeats.state = 'repeat returns'
left join running_contracts as contracts on scores.customer_id = contracts.customer_id
left join product_chances as chances on scores.customer_id = chances.customer_id
left join channel_words as words on scores.customer_id = words.customer_id
left join customer_holdouts as arms on scores.customer_id = arms.customer_id
order by scores.customer_id
