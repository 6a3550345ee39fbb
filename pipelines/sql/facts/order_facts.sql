-- One row per order that was not cancelled, sorted by customer and time.
-- optional: stg_order_goods (order_id varchar, items double, products bigint, goods_cost double, line_discount double)
with orders as (
    select * from stg_orders
),

numbered as (
    select
        *,
        row_number() over (partition by customer_id order by ordered_at, order_id) as order_number,
        date_diff(
            'day',
            lag(ordered_on) over (partition by customer_id order by ordered_at, order_id),
            ordered_on
        ) as days_since_previous,
    from orders
),

final as (
    select
        numbered.order_id,
        numbered.customer_id,
        numbered.ordered_at,
        numbered.ordered_on,
        numbered.order_number,
        coalesce(numbered.days_since_previous, 1) > 0 as is_first_of_day,
        case when numbered.days_since_previous > 0 then numbered.days_since_previous end as gap_days,
        numbered.revenue,
        -- Without a known cost of the goods the shop's own margin share stands in.
        case
            when goods.goods_cost is null then numbered.revenue * getvariable('gross_margin')
            else numbered.revenue - goods.goods_cost
        end as margin,
        coalesce(numbered.discount, goods.line_discount) as discount,
        numbered.shipping_fee,
        numbered.coupon is not null and numbered.coupon != '' as has_coupon,
        numbered.refunded,
        -- A snapshot begins at midnight: a day is strictly before it exactly when its moments are.
        cast(numbered.refunded_at as date) as refunded_on,
        cast(numbered.promised_at as date) as promised_on,
        cast(numbered.delivered_at as date) as delivered_on,
        goods.items,
        goods.products,
    from numbered
    left join stg_order_goods as goods on numbered.order_id = goods.order_id
)

select * from final
order by customer_id, ordered_at, order_id
