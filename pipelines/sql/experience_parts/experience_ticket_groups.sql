-- One row per dimension (shop, channel, topic: the last 365 days; month: all) and group: how the help desk answered.
with grouped as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'channel' then tickets.channel
            when 'topic' then tickets.topic
            when 'month' then left(cast(tickets.month as varchar), 7)
            else ''
        end as group_name,
        case when dimensions.dimension = 'month' then tickets.month end as month,
        tickets.* exclude (month),
    from experience_tickets as tickets
    cross join (select unnest(['shop', 'channel', 'topic', 'month']) as dimension) as dimensions
    where tickets.is_last_year or dimensions.dimension = 'month'
)

select
    dimension,
    group_name,
    month,
    count(*) as tickets,
    count(reply_hours) as replied,
    sum(case when was_solved then 1 else 0 end) as solved,
    sum(case when is_reopened then 1 else 0 end) as reopened,
    sum(case when replied_at is null then 1 else 0 end) as unanswered,
    sum(case when was_solved and rated_at is not null then 1 else 0 end) as rated,
    median(reply_hours) as reply_median_hours,
    quantile_cont(reply_hours, 0.9) as reply_p90_hours,
    median(resolution_hours) as resolution_median_hours,
    quantile_cont(resolution_hours, 0.9) as resolution_p90_hours,
from grouped
group by dimension, group_name, month
