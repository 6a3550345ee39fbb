-- One row per compared day and customer who ordered in the 90 days before it: what had gone wrong with the orders.
with troubles as (
    select
        days.as_of_date,
        facts.customer_number,
        facts.order_number,
        case
            when facts.delivered_on < days.as_of_date and facts.delivered_on > facts.promised_on then 1
            when facts.promised_on < days.as_of_date and coalesce(facts.delivered_on >= days.as_of_date, true) then 1
            else 0
        end as is_late,
        case when facts.refunded_on < days.as_of_date and facts.refunded > 0 then 1 else 0 end as is_refunded,
    from experience_days as days
    inner join order_facts as facts
        on facts.ordered_on < days.as_of_date
        and facts.ordered_on >= days.as_of_date - interval 90 day
    where mod(facts.customer_number, getvariable('customer_step')) = 0
)

select
    as_of_date,
    customer_number,
    arg_max(is_late, order_number) as last_late,
    arg_max(is_refunded, order_number) as last_refunded,
    sum(is_late) as late_90d,
    sum(is_refunded) as refunded_90d,
from troubles
group by as_of_date, customer_number
