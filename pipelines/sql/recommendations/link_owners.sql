-- One row per customer and link of a product they bought: whether they have what it leads to, or better.
select
    bought.customer_number,
    links.kind,
    links.base_number,
    links.offered_number,
    max(bought.last_bought_on) as last_bought_on,
    max(case when other.product_number is not null then 1 else 0 end) as has_it,
from purchased_products as bought
inner join product_links as links on bought.product_number = links.base_number
left join purchased_products as other
    on bought.customer_number = other.customer_number and links.better_number = other.product_number
group by bought.customer_number, links.kind, links.base_number, links.offered_number
