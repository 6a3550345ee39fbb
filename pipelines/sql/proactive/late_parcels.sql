-- One row per customer with a late parcel nobody has written about: overdue, or come late within service_days.
-- Of several the one that is latest; a ticket or a service contact from the promised day on ends it.
with

-- A shop that never writes down a delivery has none that is overdue.
shop as (
    select count(delivered_at) > 0 as knows_deliveries from orders
),

parcels as (
    select
        order_id,
        customer_id,
        revenue,
        cast(promised_at as date) as promised_on,
        case when delivered_at < getvariable('as_of_date') then cast(delivered_at as date) end as delivered_on,
        coalesce(refunded_at < getvariable('as_of_date') and refunded >= revenue, false) as is_given_back,
    from orders
    where
        ordered_at < getvariable('as_of_date')
        and promised_at < getvariable('as_of_date')
        and coalesce(status, 'completed') != 'cancelled'
),

late as (
    select
        parcels.*,
        coalesce(delivered_on, promised_on + 1) as found_on,
        coalesce(delivered_on, getvariable('as_of_date')) - promised_on as days_late,
    from parcels
    cross join shop
    where
        (delivered_on > promised_on and delivered_on > getvariable('as_of_date') - getvariable('service_days'))
        or (
            delivered_on is null
            and knows_deliveries
            and not is_given_back
            and promised_on >= getvariable('as_of_date') - 30
        )
),

unasked as (
    select
        late.*,
        row_number() over (partition by late.customer_id order by days_late desc, late.order_id) as place,
        count(*) over (partition by late.customer_id) as orders,
    from late
    left join service_words as heard on late.customer_id = heard.customer_id
    left join asked_orders as asked on late.order_id = asked.order_id
    where
        asked.order_id is null
        and coalesce(heard.last_heard_at < late.promised_on, true)
)

select customer_id, orders, order_id, found_on, promised_on, delivered_on, days_late, revenue as amount
from unasked
where place = 1
