-- One row per group and way of ordering in the 12 months before as_of_date: orders of this kind, of those known.
with

ordered as (
    select
        customer_id,
        case when discount > 0 then 1 else 0 end as is_discounted,
        count(discount) over () > 0 as knows_discounts,
        case when delivered_on < getvariable('as_of_date') and promised_on is not null then 1 else 0 end as is_told,
        case when delivered_on <= promised_on then 1 else 0 end as is_on_time,
    from order_facts
    where
        ordered_at < getvariable('as_of_date')
        and ordered_at >= getvariable('as_of_date') - interval 12 month
),

counted as (
    select
        members.segment,
        count(*) as orders,
        sum(case when knows_discounts then is_discounted else 0 end) as discounted,
        sum(case when knows_discounts then 1 else 0 end) as priced,
        sum(is_told * is_on_time) as on_time,
        sum(is_told) as told,
    from ordered
    inner join loyal_members as members using (customer_id)
    group by members.segment
)

select segment, 'discount' as part, discounted as hits, priced as n from counted
union all
select segment, 'full price', priced - discounted, priced from counted
union all
select segment, 'on time', on_time, told from counted
