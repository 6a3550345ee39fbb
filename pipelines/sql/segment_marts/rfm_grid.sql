-- One row per recency fifth and mean fifth of frequency and money with customers: the squares the eleven groups cover.
select
    segments.r,
    (segments.f + segments.m + 1) // 2 as fm,
    any_value(segments.segment) as segment,
    count(*) as customers,
    sum(list.value_at_risk) as value_at_risk,
    sum(list.revenue_12m) as revenue_12m,
    avg(list.churn_risk) as mean_risk,
from customer_segments as segments
inner join customer_list as list using (customer_id)
where segments.r is not null
group by segments.r, 2
order by segments.r, 2
