-- One row per customer looked at and kind of recommendation: the best product, how likely it is bought, what it brings.
select
    customer_id,
    kind,
    product_id,
    product_name,
    evidence,
    margin_per_sale,
    propensity,
    propensity * margin_per_sale as expected_margin,
from expansion_offers
order by customer_id, kind
