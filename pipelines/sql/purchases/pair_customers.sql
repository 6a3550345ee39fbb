-- One row per customer whose purchases are counted for pairs: all, or a fixed random sample of a large shop.
with sizes as (
    select
        customer_number,
        least(count(*), 150) as products,
    from purchased_products
    group by customer_number
),

running as (
    select
        sizes.customer_number,
        sum(sizes.products * (sizes.products - 1) / 2)
            over (order by md5(buyer_numbers.customer_id), sizes.customer_number rows unbounded preceding) as pairs,
    from sizes
    inner join buyer_numbers on sizes.customer_number = buyer_numbers.customer_number
)

select customer_number from running
-- So many pairs of products tell all that is to be told, and bound time and memory whatever the shop's size.
where pairs <= 40000000
