-- One row per product that its buyers buy again and again: the usual days from one purchase to the next.
select
    product_number,
    median((last_bought_on - first_bought_on) * 1.0 / (purchase_days - 1)) as usual_gap_days,
from (select * from purchased_products where purchase_days > 1)
inner join product_popularity using (product_number)
group by product_number
-- One in four comes back for it: a few who bought a second one do not make it something that is used up.
having count(*) >= 20 and count(*) >= 0.25 * max(customers)
