"""The tables of the experience page with drawn content, for the warehouse of the page tests.

Two years of months to a running one, five touchpoints, four detractors that wait in three ways; shapes as published.
"""

EXPERIENCE = [
    """create table experience_scores as
    with groups as (
        select 'shop' as dimension, '' as group_name, null::date as month, false as is_running, 400 as n
        union all select 'channel', name, null, false, n from (values ('email support', 12), ('web order', 240),
            ('app order', 90), ('store order', 58)) as t(name, n)
        union all select 'topic', name, null, false, n from (values ('product', 60), ('delivery', 90)) as t(name, n)
        union all select 'month', strftime(month, '%Y-%m'), month, is_running, if(is_running, 4, 30) from (
            select (date '2024-11-01' + to_months(m::integer))::date as month, m = 24 as is_running
            from range(25) as t(m))
    ), kinds as (
        select * from (values ('csat', 'survey', 0.84, 0.05), ('csat', 'ticket', 0.8, 0.05),
            ('nps', 'survey', 24.0, 9.0), ('ces', 'survey', 5.4, 0.3)) as t(kind, source, middle, width)
    )
    select dimension, group_name, month, is_running, kind, source, n::bigint as n,
        middle - width * (hash(group_name) % 10) / 10 as value, value - width as low, value + width as high,
        if(source = 'ticket', n * 3, null)::bigint as asked, if(source = 'ticket', 1 / 3, null) as response_rate,
        'The table surveys holds answers alone: how many were asked is not known.' as response_note
    from groups, kinds where dimension != 'topic' or source = 'ticket'""",
    """create table experience_service as
    with groups as (
        select 'shop' as dimension, '' as group_name, null::date as month, false as is_running, 900 as n
        union all select 'channel', name, null, false, n from (values ('email', 600), ('chat', 280), ('phone', 20))
            as t(name, n)
        union all select 'topic', name, null, false, n from (values ('product', 300), ('delivery', 600)) as t(name, n)
        union all select 'month', strftime(month, '%Y-%m'), month, is_running, 75 from (
            select (date '2024-11-01' + to_months(m::integer))::date as month, m = 24 as is_running
            from range(25) as t(m))
    )
    select dimension, group_name, month, is_running, n::bigint as tickets, (n - 1)::bigint as replied,
        (n - 3)::bigint as solved, (n // 10)::bigint as reopened, 1::bigint as unanswered,
        2.0 + hash(group_name) % 5 as reply_median_hours, reply_median_hours * 9 as reply_p90_hours,
        reply_median_hours * 8 as resolution_median_hours, reply_median_hours * 40 as resolution_p90_hours,
        reopened / solved as reopened_share, reopened_share * 0.7 as reopened_low,
        reopened_share * 1.4 as reopened_high, '24/7' as basis
    from groups""",
    """create table experience_detractors as
    select customer_id, 'S' || i as survey_id, (timestamp '2026-11-20 06:00:00' - to_days(i * 5)) as answered_at,
        (i % 7)::integer as score, if(i % 3 = 0, 'It came *late*, [again]', null) as comment,
        answered_at + interval 48 hour as due_at, if(i % 4 = 1, answered_at + interval 30 hour, null) as closed_at,
        if(closed_at is null, null, 'contact') as closed_by, if(closed_at is null, null, 30.0) as hours_to_close,
        case when closed_at is not null then 'closed' when due_at < timestamp '2026-11-21' then 'overdue'
            else 'waiting' end as state
    from (select customer_id, (row_number() over (order by customer_id) - 1)::integer as i from customer_list limit 12)
    """,
    """create table experience_loop as
    select (date '2025-12-01' + to_months(m::integer))::date as month, m = 11 as is_running, (5 + m % 4)::bigint
        as detractors, detractors - if(m = 11, 1, 0) as due, (m % 3)::bigint as closed_48h,
        closed_48h / due as closed_share, greatest(closed_share - 0.2, 0) as low,
        least(closed_share + 0.3, 1) as high, 2::bigint as waiting
    from range(12) as t(m)""",
    """create table experience_support as
    select date '2025-10-03' as first_day, date '2026-08-03' as as_of_date, part, 1700::bigint as exposed_n,
        9100::bigint as unexposed_n, exposed_churn, exposed_churn - difference as unexposed_churn, difference,
        difference - 0.02 as low, difference + 0.02 as high, exposed_churn / unexposed_churn as ratio, ratio * 0.9
        as ratio_low, ratio * 1.1 as ratio_high, 3500::bigint as customers_used, false as is_sample, told as words
    from (values ('crude', 0.26, -0.21, 'As they are.'), ('adjusted', 0.25, 0.03, 'Beside customers alike.'))
        as t(part, exposed_churn, difference, told)""",
    """create table experience_support_strata as
    select dimension, stratum, place, n::bigint as n, (n * churn)::bigint as churned, churn, churn - 0.03 as low,
        churn + 0.03 as high, gap as adjusted_difference, gap - 0.03 as adjusted_low, gap + 0.03 as adjusted_high
    from (values ('outcome', 'none', 0, 9100, 0.4, null), ('outcome', 'solved first time', 1, 1300, 0.23, -0.01),
        ('outcome', 'reopened', 2, 220, 0.38, 0.12), ('wait', 'none', 0, 9100, 0.4, null),
        ('wait', 'under 4 h', 1, 900, 0.24, 0.0), ('wait', 'no reply yet', 4, 9, 0.22, null))
        as t(dimension, stratum, place, n, churn, gap)""",
    "create table experience_notes (part varchar, sentence varchar)",
]
