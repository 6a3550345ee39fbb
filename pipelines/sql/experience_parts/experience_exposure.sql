-- One row per eligible customer and compared day: tickets in the 90 days before it, and whether they left after it.
-- optional: ticket_facts (customer_id varchar, opened_at timestamp, first_replied_at timestamp, solved_at timestamp, reopened_at timestamp, reply_hours double)
with

tickets as (
    select
        days.as_of_date,
        facts.customer_id,
        max(case
            when coalesce(facts.reopened_at < days.as_of_date, false) then 2
            when coalesce(facts.solved_at < days.as_of_date, false) then 1
            else 3
        end) as outcome,
        max(case when facts.first_replied_at < days.as_of_date then facts.reply_hours else 999999 end) as wait_hours,
    from experience_days as days
    inner join ticket_facts as facts
        on facts.opened_at < days.as_of_date
        and facts.opened_at >= days.as_of_date - interval 90 day
    group by days.as_of_date, facts.customer_id
)

select
    numbers.customer_number,
    features.as_of_date,
    cast(labels.churned as integer) as churned,
    tickets.customer_id is not null as is_exposed,
    case tickets.outcome when 1 then 'solved first time' when 2 then 'reopened' when 3 then 'unsolved' end as outcome,
    case
        when tickets.wait_hours < 4 then 'under 4 h'
        when tickets.wait_hours <= 24 then '4 to 24 h'
        when tickets.wait_hours < 999999 then 'over 24 h'
        when tickets.wait_hours is not null then 'no reply yet'
    end as wait,
    tickets.customer_id is not null and causes.customer_id is not null as has_hidden_cause,
    coalesce(features.days_since_last_order, 0) as days_since_last_order,
    coalesce(features.order_days, 0) as order_days,
    coalesce(features.revenue_total, 0) as revenue_total,
    coalesce(features.tenure_days, 0) as tenure_days,
    coalesce(features.orders_90d, 0) as orders_90d,
    coalesce(troubles.last_late, 0) as last_late,
    coalesce(troubles.last_refunded, 0) as last_refunded,
    coalesce(troubles.late_90d, 0) as late_90d,
    coalesce(troubles.refunded_90d, 0) as refunded_90d,
from experience_days as days
inner join customer_features as features on days.as_of_date = features.as_of_date
inner join churn_labels as labels
    on features.customer_id = labels.customer_id
    and features.as_of_date = labels.as_of_date
inner join customer_numbers as numbers on features.customer_id = numbers.customer_id
left join tickets
    on features.customer_id = tickets.customer_id
    and features.as_of_date = tickets.as_of_date
left join experience_causes as causes
    on features.customer_id = causes.customer_id
    and features.as_of_date = causes.as_of_date
left join experience_troubles as troubles
    on numbers.customer_number = troubles.customer_number
    and features.as_of_date = troubles.as_of_date
where labels.churned is not null and mod(numbers.customer_number, getvariable('customer_step')) = 0
