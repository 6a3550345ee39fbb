-- One row per scored customer: behaviour a rule can be told in; what is not known is empty, or the same for all.
-- optional: persona_orders (customer_id varchar, order_value double, discount_share double, late_share double, refund_share double)
-- optional: persona_service (customer_id varchar, tickets bigint)
-- optional: persona_visits (customer_id varchar, visits hugeint)
-- optional: persona_contracts (customer_id varchar)
select
    scores.customer_id,
    cast(cadence.days_since_last_order as float) as days_since_last_order,
    cast(coalesce(cadence.order_days, 0) as float) as order_days,
    cast(cadence.median_gap_days as float) as usual_gap_days,
    cast(getvariable('as_of_date') - cadence.first_ordered_on as float) as tenure_days,
    cast(coalesce(cadence.revenue_12m, 0) as float) as revenue_12m,
    cast(scores.expected_value as float) as expected_value,
    cast(orders.order_value as float) as order_value,
    cast(orders.discount_share as float) as discount_share,
    cast(orders.late_share as float) as late_share,
    cast(orders.refund_share as float) as refund_share,
    cast(coalesce(service.tickets, 0) as float) as tickets,
    cast(coalesce(visits.visits, 0) as float) as visits,
    cast(case when contracts.customer_id is null then 0 else 1 end as float) as has_contract,
from customer_scores as scores
left join customer_cadence as cadence on scores.customer_id = cadence.customer_id
left join persona_orders as orders on scores.customer_id = orders.customer_id
left join persona_service as service on scores.customer_id = service.customer_id
left join persona_visits as visits on scores.customer_id = visits.customer_id
left join persona_contracts as contracts on scores.customer_id = contracts.customer_id
