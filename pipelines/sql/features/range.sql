-- One row per customer with order lines before the as-of date: how broadly they buy.
-- needs: return_facts (which is there when order lines are)
select
    customer_number,
    items / (baskets * 1.0) as items_per_order,
    -- Items per order of the last 180 days against all orders.
    items_180d / nullif(baskets_180d, 0) / nullif(items / baskets, 0) as basket_trend,
    basket_revenue / nullif(items, 0) as mean_item_price,
    new_products as distinct_products,
    -- Nobody buys from no category: none means that the products have none on record.
    nullif(new_categories, 0) as distinct_categories,
    new_products / nullif(products * 1.0, 0) as variety_share,
    coalesce(new_products_180d, 0) / nullif(products_180d * 1.0, 0) as new_product_share_180d,
    days_since_new_product,
from order_sums
where baskets > 0
