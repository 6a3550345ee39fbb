-- One row per customer with an order before the as-of date: how long they have been one.
select
    customer_number,
    days_since_first as tenure_days,
    case when order_days = 1 then 1 else 0 end as is_one_time_buyer,
from order_sums
