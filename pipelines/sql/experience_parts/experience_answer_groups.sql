-- One row per dimension (shop, channel, topic: the last 365 days; month: all), group, kind and source of answers.
with grouped as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'channel' then answers.touchpoint
            when 'topic' then answers.topic
            when 'month' then left(cast(answers.month as varchar), 7)
            else ''
        end as group_name,
        case when dimensions.dimension = 'month' then answers.month end as month,
        answers.* exclude (month),
    from experience_answers as answers
    cross join (select unnest(['shop', 'channel', 'topic', 'month']) as dimension) as dimensions
    where answers.is_last_year or dimensions.dimension = 'month'
)

select
    dimension,
    group_name,
    month,
    kind,
    source,
    count(*) as n,
    sum(case when (kind = 'csat' and score >= 4) or (kind = 'nps' and score >= 9) then 1 else 0 end) as good,
    sum(case when (kind = 'csat' and score < 4) or (kind = 'nps' and score <= 6) then 1 else 0 end) as bad,
    sum(score * 1.0) as total,
    sum(score * score * 1.0) as squares,
from grouped
where group_name is not null
group by dimension, group_name, month, kind, source
