-- One row per order out of all proportion to its customer's others, or to the whole shop's: a lost decimal point?
with

habits as (
    select
        customer_id,
        count(*) as orders,
        median(revenue) as usual,
    from orders
    group by customer_id
),

shop as (
    select quantile_cont(revenue, 0.99) as highest from orders
)

select
    orders.customer_id,
    orders.order_id as row_key,
    'revenue ' || cast(cast(orders.revenue as decimal(18, 2)) as varchar)
    || ', this customer otherwise ' || cast(cast(habits.usual as decimal(18, 2)) as varchar)
    || ', 99 of 100 orders below ' || cast(cast(shop.highest as decimal(18, 2)) as varchar) as found,
    orders.revenue as weight,
from orders
inner join habits on orders.customer_id = habits.customer_id
cross join shop
where
    shop.highest > 0
    and (
        orders.revenue > 200 * shop.highest
        or (habits.orders >= 4 and orders.revenue > 50 * habits.usual and orders.revenue > shop.highest)
    )
