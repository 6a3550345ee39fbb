-- One row about the as-of date: who ordered within the active days, whom the definition leaves out, and who of
-- these bought once.
select
    count(*) as active,
    count_if(spine.customer_number is null) as left_out,
    count_if(spine.customer_number is null and order_sums.order_days = 1) as left_out_once,
from order_sums
left join customer_features as spine on order_sums.customer_number = spine.customer_number
where order_sums.days_since_last <= getvariable('active_days')
