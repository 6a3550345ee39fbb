-- One row per group and way of ordering that binds: orders of 12 months in a store, and by the app, of those known.
with

ordered as (
    select
        customer_id,
        channel,
        sum(case when channel = 'store' then 1 else 0 end) over () > 0 as has_stores,
        sum(case when channel = 'app' then 1 else 0 end) over () > 0 as has_app,
    from orders
    where
        ordered_at < getvariable('as_of_date')
        and ordered_at >= getvariable('as_of_date') - interval 12 month
        and coalesce(status, 'completed') != 'cancelled'
        and channel is not null
),

counted as (
    select
        members.segment,
        sum(case when channel = 'store' then 1 else 0 end) as in_store,
        sum(case when has_stores then 1 else 0 end) as beside_stores,
        sum(case when channel = 'app' then 1 else 0 end) as by_app,
        sum(case when has_app then 1 else 0 end) as beside_app,
    from ordered
    inner join loyal_members as members using (customer_id)
    group by members.segment
)

select segment, 'store' as part, in_store as hits, beside_stores as n from counted
union all
select segment, 'app', by_app, beside_app from counted
