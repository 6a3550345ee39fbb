-- One row per basis and month with a change: who came, went and stayed, and the money that moved with them.
with states as (
    select
        *,
        active_before > 0 as was_active,
        active_after > 0 as is_active,
        active_after > 0 and days_after >= 2 as is_repeat,
        active_before > 0 and days_after - order_days >= 2 as was_repeat,
    from kpi_states
)

select
    basis,
    month,
    cast(sum(cast(is_active as integer) - cast(was_active as integer)) as bigint) as active_change,
    cast(sum(cast(is_repeat as integer) - cast(was_repeat as integer)) as bigint) as repeat_change,
    cast(sum(case when was_active and not is_active then 1 else 0 end) as bigint) as churned_customers,
    cast(sum(case when is_active and not was_active and is_first then 1 else 0 end) as bigint) as new_customers,
    cast(sum(case when is_active and not was_active and not is_first then 1 else 0 end) as bigint)
        as won_back_customers,
    sum(amount) as amount,
    sum(case when was_active and is_active and amount > 0 then amount else 0 end) as expansion,
    sum(case when was_active and is_active and amount < 0 then -amount else 0 end) as contraction,
    sum(case when was_active and not is_active then -amount else 0 end) as churned,
    sum(case when is_active and not was_active and not is_first then amount else 0 end) as won_back,
    -- who came and went within the month leaves nothing behind
    sum(case when not was_active and (is_first or not is_active) then amount else 0 end) as new,
    cast(sum(case when entries > 0 then 1 else 0 end) as bigint) as buying_customers,
    cast(sum(case when is_first then 1 else 0 end) as bigint) as first_buyers,
    cast(sum(entries) as bigint) as orders,
    sum(revenue) as revenue,
    sum(margin) as margin,
from states
group by basis, month
