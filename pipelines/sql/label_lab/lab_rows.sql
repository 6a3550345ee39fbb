-- One row per sampled customer eligible at the as-of date: what the simple model knows, and whether they churned.
select
    spine.customer_id,
    spine.as_of_date,
    labels.churned,
    cast(order_sums.days_since_last as float) as days_since_last_order,
    cast(order_sums.order_days as float) as order_days,
    cast(order_sums.revenue / order_sums.orders as float) as mean_order_value,
    cast(order_sums.days_since_first as float) as tenure_days,
from customer_features as spine
join lab_sample on spine.customer_number = lab_sample.customer_number
left join order_sums on spine.customer_number = order_sums.customer_number
left join lab_labels as labels on spine.customer_id = labels.customer_id and spine.as_of_date = labels.as_of_date
order by spine.customer_id
