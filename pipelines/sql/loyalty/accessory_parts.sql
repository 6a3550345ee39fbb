-- One row per group, where products have accessories: how many of its customers bought one before as_of_date.
with

accessories as (
    select product_id from products
    where accessory_of is not null
),

owners as (
    select distinct orders.customer_id
    from order_lines
    inner join accessories using (product_id)
    inner join orders using (order_id)
    where orders.ordered_at < getvariable('as_of_date') and coalesce(orders.status, 'completed') != 'cancelled'
)

select
    members.segment,
    'accessory' as part,
    count(owners.customer_id) as hits,
    count(*) as n,
from loyal_members as members
left join owners using (customer_id)
where exists (select 1 from accessories)
group by members.segment
