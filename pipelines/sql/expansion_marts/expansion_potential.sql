-- One row per group of customers and kind of recommendation: to how many, how many would buy, and what it would bring.
with

sizes as (
    select
        dimension,
        group_name,
        count(*) as group_customers,
    from expansion_groups
    group by dimension, group_name
),

sums as (
    select
        members.dimension,
        members.group_name,
        offers.kind,
        count(*) as customers,
        sum(offers.propensity) as expected_sales,
        avg(offers.margin_per_sale) as margin_per_sale,
        sum(offers.propensity * offers.margin_per_sale) as expected_margin,
        sum(offers.propensity_low * offers.margin_per_sale) as low,
        sum(offers.propensity_high * offers.margin_per_sale) as high,
    from expansion_groups as members
    inner join expansion_offers as offers on members.customer_id = offers.customer_id
    group by members.dimension, members.group_name, offers.kind
)

select
    sums.dimension,
    sums.group_name,
    sums.kind,
    sizes.group_customers,
    sums.* exclude (dimension, group_name, kind),
from sums
inner join sizes on sums.dimension = sizes.dimension and sums.group_name = sizes.group_name
order by sums.dimension, sums.group_name, sums.kind
