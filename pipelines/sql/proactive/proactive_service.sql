-- One row per customer and trouble that nobody has written about: late parcel, repeat returns.
-- optional: late_parcels (customer_id varchar, orders bigint, order_id varchar, found_on date, promised_on date, delivered_on date, days_late bigint, amount double)
-- optional: repeat_returns (customer_id varchar, orders bigint, items double, amount double, found_on date)
with found as (
    select
        customer_id,
        'late parcel' as state,
        found_on,
        orders,
        cast(null as double) as items,
        cast(amount as double) as amount,
        order_id,
        promised_on,
        delivered_on,
        cast(days_late as integer) as days_late,
    from late_parcels

    union all

    select customer_id, 'repeat returns', found_on, orders, items, cast(amount as double), null, null, null, null
    from repeat_returns
)

select * from found
order by customer_id, state
