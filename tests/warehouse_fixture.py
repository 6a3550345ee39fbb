"""A warehouse with random but plausible content, for page tests that must not wait for a pipeline run.

Not a test of the pipeline: shapes follow the published marts, values are drawn. One million customers take seconds.
"""

from pathlib import Path

import duckdb

from pipelines import publish
from tests.experience_tables import EXPERIENCE

SEGMENTS = ["Champions", "Loyal", "Potential loyalists", "New", "Promising", "Need attention", "About to sleep",
            "At risk", "Can't lose", "Hibernating", "Lost"]  # fmt: skip
STAGES = ["new", "activated", "active", "cooling", "at risk", "lapsed", "won back"]
FIRST = ["Anna", "Jörg", "Marie-Luise", "Oluwaseun", "Zoë", "Ahmet", "Siân", "Łukasz", "Ines", "Bartholomäus"]
LAST = ["Schmidt", "Öztürk", "von der Leyen-Hohenstein", "Brown", "Nowak", "Müller", "Fernández", "O'Neill"]
REASONS = [
    "Last order 74 days ago; usually orders every 31 days",
    "Two tickets in the last 90 days, one reopened",
    "Spent 58 % less in the last 90 days than in the 90 before",
    "Last delivery arrived 6 days late",
    "Bought 4 of the last 5 orders at a discount",
]
ACTIONS = {
    "service_call": ("Call and put it right", "phone"),
    "winback_voucher": ("Voucher to come back", "email"),
    "winback_letter": ("Letter with a gift card", "post"),
    "loyalty_bonus": ("Bonus points for regulars", "email"),
    "wake_up_email": ("Remind without a discount", "email"),
}

CUSTOMERS = """
create table customer_list as
with drawn as (
    select
        i, hash(i) as h, random() as a, random() as b, random() as c, random() as d,
        (hash(i, 1) % 400)::integer as since, 10 + (hash(i, 2) % 80)::double as gap, 1 + (hash(i, 3) % 40)::bigint as n,
    from range($customers) as t(i)
),
priced as (
    select
        *, since <= 365 as is_scored, least(0.97, greatest(0.02, (since / gap) / 6 + 0.2 * a)) as p,
        case when i % 5000 = 17 then 48123.4 else round(exp(2 + 3.2 * b) * (0.4 + c), 2) end as v,
        h % 20 = 0 as is_held_out, is_scored and h % 20 != 0 and hash(i, 6) % 3 < 2 as is_offered,
        is_scored and (h % 20 = 0 or hash(i, 6) % 30 = 2) as waits, 1 + (hash(i, 7) % 5)::int as offer,
    from drawn
)
select
    printf('C%07d', i) as customer_id,
    case when i % 97 = 3 then null
        else list_extract($first, 1 + (h % 10)::int) || ' ' || list_extract($last, 1 + (h // 10 % 8)::int) end as name,
    list_extract(['DE', 'AT', 'CH', 'FR', 'NL'], 1 + (h % 5)::int) as country,
    is_scored,
    is_scored as is_eligible,
    if(is_scored, p, null) as churn_risk,
    case when not is_scored then null when p < 0.25 then 'low' when p < 0.5 then 'medium'
        when p < 0.75 then 'high' else 'very high' end as risk_band,
    if(is_scored, v, null) as expected_value,
    if(is_scored, rank() over (partition by is_scored order by round(p, 6) desc), null) as risk_rank,
    if(is_scored, count(*) over (partition by is_scored, round(p, 6)) - 1, null) as risk_ties,
    if(is_scored, p * v, null) as value_at_risk,
    if(is_scored, rank() over (partition by is_scored order by round(p * v, 2) desc), null) as value_rank,
    if(is_scored, count(*) over (partition by is_scored, round(p * v, 2)) - 1, null) as value_ties,
    list_extract($segments, 1 + (hash(i, 4) % 11)::int) as segment,
    list_extract($stages, 1 + (hash(i, 5) % 7)::int) as lifecycle_stage,
    if(is_scored, list_extract($reasons, 1 + (h % 5)::int), null) as top_reason,
    if(is_offered, list_extract($actions, offer), null) as action,
    if(is_offered or waits, list_extract($titles, offer), null) as action_title,
    if(is_offered or waits, list_extract($channels, offer), null) as channel,
    if(is_offered, round(0.2 * p * v + 0.01, 4), null) as expected_net,
    if(is_offered, 0.35, null) as cost,
    if(is_offered, 1.5, null) as agent_minutes,
    case when not waits then null when is_held_out then 'control arm' else 'cooldown' end as blocked_by,
    if(waits, date '2026-12-01' + (i % 20)::integer, null) as deferred_until,
    is_offered and i % 2 = 0 as is_planned,
    (date '2026-11-20' - (since + 30 * n)::integer) as first_ordered_at,
    (date '2026-11-20' - since) as last_ordered_at,
    since as days_since_last_order,
    if(n > 1, gap, null) as typical_gap_days,
    if(n > 1, date '2026-11-20' - since::integer + gap::integer, null) as next_order_expected,
    if(n > 1, (since - gap)::integer, null) as days_overdue,
    n as order_days,
    n as orders,
    round(n * (20 + 60 * d), 2) as revenue_total,
    round(least(n, 12) * (20 + 60 * d), 2) as revenue_12m,
    round(0.35 * least(n, 12) * (20 + 60 * d), 2) as margin_12m,
    (h % 3 = 0)::bigint as open_tickets,
    case h % 4 when 0 then 'email, post' when 1 then 'email' when 2 then '' else 'phone, post' end
        as contactable_channels,
    is_held_out,
from priced
order by value_at_risk desc nulls last
"""

REST = [
    "create table actions as select unnest(range(5)) as place, unnest($actions) as action, unnest($titles) as title",
    """create table customer_reasons as
    select customer_id, date '2026-11-20' as as_of_date, rank::integer as rank, 'f' || rank as feature,
        1.0 as value, list_extract([0.9, 0.5, -0.4, 0.3, -0.2], rank) as contribution,
        list_extract($reasons, rank) as reason,
    from customer_list, range(1, 6) as t(rank) where is_scored and days_since_last_order % $thin = 0
    order by customer_id, rank""",
    """create table customer_log_odds as
    select customer_id, date '2026-11-20' as as_of_date, -0.6 as base_log_odds,
        ln(churn_risk / (1 - churn_risk)) - 0.5 as other_log_odds, ln(churn_risk / (1 - churn_risk)) as log_odds,
        churn_risk,
    from customer_list where is_scored order by customer_id""",
    """create table customer_events as
    with orders as (
        select customer_id, last_ordered_at - to_days((k * 30)::integer) as occurred_at, 'order' as kind,
            customer_id || '-' || k as event_id, round(revenue_total / orders, 2) as amount,
            null::timestamp as ended_at, '2 items' as detail,
        from customer_list, range(0, 30) as t(k) where k < orders and days_since_last_order % $thin = 0
    )
    select * from orders
    union all by name
    select customer_id, last_ordered_at - to_days(3) as occurred_at, 'ticket' as kind, 'T' || customer_id as event_id,
        null::double as amount, if(days_since_last_order % 2 = 0, last_ordered_at + to_days(2), null) as ended_at,
        'delivery, answered after 30 h' as detail,
    from customer_list where open_tickets = 1 and days_since_last_order % $thin = 0
    union all by name
    select customer_id, last_ordered_at as occurred_at, 'survey' as kind, 'S' || customer_id as event_id,
        4.0 as amount, null::timestamp as ended_at, 'nps' as detail,
    from customer_list where orders > 10 and days_since_last_order % $thin = 0
    order by customer_id, occurred_at""",
    """create table proactive_service as
    select customer_id, 'late parcel' as state, date '2026-11-18' as found_on, 1::bigint as orders,
        null::double as items, 62.5 as amount, 'O-' || customer_id as order_id, date '2026-11-17' as promised_on,
        null::date as delivered_on, 4 as days_late
    from customer_list where days_since_last_order = 20
    union all by name
    select customer_id, 'repeat returns' as state, date '2026-11-10' as found_on, 2::bigint as orders,
        3.0 as items, 120.0 as amount,
    from customer_list where days_since_last_order = 40
    order by customer_id, state""",
    """create table kpi_months as
    with months as (select date '2024-06-01' + to_months(m::integer) as month, m from range(0, 30) as t(m))
    select month::date as month, month >= date '2026-11-01' as is_running, 'orders' as basis,
        ($customers * (0.30 + 0.002 * m + 0.02 * sin(m)))::bigint as active_customers,
        ($customers * (0.30 + 0.002 * (m + 1) + 0.02 * sin(m + 1)))::bigint as active_at_end,
        ($customers * 0.02)::bigint as new_customers, ($customers * 0.01)::bigint as won_back_customers,
        if(is_running, null, ($customers * (0.05 + 0.01 * cos(m / 2)))::bigint) as churned_customers,
        if(is_running, null, active_customers - churned_customers) as retained_customers,
        if(is_running, null, 0.86 + 0.02 * sin(m / 2)) as retention_rate,
        if(is_running, null, 0.14 - 0.02 * sin(m / 2)) as churn_rate,
        if(is_running, null, 1.01 + 0.02 * cos(m)) as nrr, if(is_running, null, 0.94 + 0.01 * cos(m)) as grr,
        if(is_running, null, 0.07 + 0.01 * cos(m)) as expansion_rate, 0.05 as contraction_rate,
        if(m between 12 and 28, ($customers * 0.28)::bigint, null) as n_12m,
        if(m between 12 and 28, 0.69 + 0.01 * sin(m), null) as retention_12m,
        if(m between 12 and 28, 0.91 + 0.02 * sin(m), null) as nrr_12m,
        if(m between 12 and 28, 0.62 + 0.01 * sin(m), null) as grr_12m,
        ($customers * 0.25)::bigint as buying_customers, ($customers * 0.02)::bigint as first_buyers,
        ($customers * 0.4)::bigint as orders, $customers * 18.0 as revenue, $customers * 0.6 as refunds,
        $customers * 17.4 as net_revenue, $customers * 6.3 as margin, 45.0 as aov,
        ($customers * 0.2)::bigint as repeat_customers, 0.66 + 0.01 * sin(m) as repeat_rate,
        ($customers * (0.4 + 0.02 * m))::bigint as customers_to_date, 120.0 + 2 * m as clv_historic,
        if(m = 28, $customers * 80.0, null) as value_at_risk,
    from months order by month""",
    """create table kpi_bridge as
    with moved as (
        select month, is_running, nrr is not null as is_comparable, basis,
            ($customers * 9.5)::decimal(38, 2) as expansion, ($customers * 7.25)::decimal(38, 2) as contraction,
            ($customers * 1.15)::decimal(38, 2) as churned, ($customers * 0.2)::decimal(38, 2) as won_back,
            ($customers * 1.05)::decimal(38, 2) as "new",
        from kpi_months
    ), summed as (
        select *, ($customers * 150 + sum(expansion - contraction - churned + won_back + "new") over (order by month)
            )::decimal(38, 2) as "end" from moved
    )
    select month, is_running, is_comparable, basis,
        "end" - (expansion - contraction - churned + won_back + "new") as "start",
        expansion, contraction, churned, won_back, "new", "end" from summed order by month""",
    """create table kpi_cohorts as
    select a.month as cohort, date_diff('month', a.month, b.month)::integer as months_since, b.month, b.is_running,
        a.first_buyers as customers,
        if(a.month = b.month, a.first_buyers, (a.first_buyers * (0.2 + 0.3 / months_since))::bigint) as retained,
        retained / greatest(a.first_buyers, 1) as retained_share, (retained * 45.5)::decimal(38, 2) as revenue
    from kpi_months as a inner join kpi_months as b on a.month <= b.month order by 1, 3""",
    """create table kpi_steps as
    select if(p = 0, 'latest', 'before') as period, step,
        ($customers * 0.2 * [1.0, 0.77 - 0.02 * p, 0.7 - 0.02 * p][step])::bigint as customers,
        [1.0, 0.77 - 0.02 * p, 0.7 - 0.02 * p][step] as share_of_first,
        [1.0, 0.77 - 0.02 * p, 0.91][step] as share_of_previous, [null, 37.0, 33.0][step] as median_days,
        365 as within_days, date '2024-11-22' - (365 * p)::integer as from_on,
        date '2025-11-21' - (365 * p)::integer as until_on
    from range(2) as periods(p), (select unnest([1, 2, 3]) as step) order by period desc, step""",
    """create table kpi_values as
    select case when grouping(segment) = 0 then 'segment' when grouping(lifecycle_stage) = 0 then 'lifecycle_stage'
        else 'shop' end as dimension, coalesce(segment, lifecycle_stage, '') as group_name, count(*) as customers,
        avg(margin_12m) as clv_historic, count(value_at_risk) as scored_customers,
        avg(expected_value - value_at_risk) as clv_predicted, sum(expected_value) as expected_value,
        sum(value_at_risk) as value_at_risk
    from customer_list group by grouping sets ((), (segment), (lifecycle_stage))""",
    """create table kpi_value_at_risk as
    select (date '2026-11-22' - (30 * m)::integer) as as_of_date, 90 as horizon_days, 'active' as eligibility,
        $customers as customers, $customers * 0.3 as expected_churners, $customers * 260.0 as expected_value,
        $customers * (80.0 + m) as value_at_risk
    from range(3) as t(m) order by as_of_date""",
    """create table retention_forecast as
    select 'month' as measure, if(is_running, 'forecast', 'past') as kind, month, date '2026-08-03' as as_of_date,
        (month + interval 1 month)::date as due_on, coalesce(retention_rate, 0.865) + 0.002 as expected,
        expected - 0.01 as low, expected + 0.01 as high, retention_rate as actual, active_customers as n,
        if(is_running, 'run', 'rehearsed') as source, if(is_running, null, true) as is_within,
        if(is_running, 'month still running', 'came true') as state, '3' as model_version, 365 as active_days,
        90 as horizon_days, 'active' as eligibility
    from kpi_months where month >= date '2026-08-01'
    union all by name
    select 'month' as measure, 'forecast' as kind, (date '2026-12-01' + to_months(m::integer))::date as month,
        date '2026-11-21' as as_of_date, (month + interval 1 month)::date as due_on, 0.86 - 0.01 * m as expected,
        expected - 0.015 as low, expected + 0.015 as high, ($customers * 0.35)::bigint as n, 'run' as source,
        'to come' as state, '3' as model_version, 365 as active_days, 90 as horizon_days, 'active' as eligibility
    from range(2) as t(m)""",
    """create table overview_sentence as
    select date '2026-11-21' as as_of_date, 'In October 2026, 87.9 % of customers stayed, about as many as a year '
        || 'before; € 80 of margin is at risk in the next 90 days; what contacting customers earns is not measured yet.'
        as sentence, '[{"part": "retention", "text": "in October 2026, 87.9 % of customers stayed", '
        || '"figures_from": "kpi_months"}]' as parts, '' as note""",
    """create table overview_risks as
    select place::integer as rank, risk_id, title, sentence, customers::bigint as customers,
        money::double as money, 'EUR' as currency, page, filter, date '2026-11-21' as as_of_date
    from (values (1, 'valuable_leaving', 'Valuable customers about to leave', '12 customers of the most valuable fifth'
            || ' are at high risk: € 21,320, 37 % of all value at risk.', 12, 21320.0, 'worklist',
            'band=High&band=Very high&show=All customers'),
        (2, 'open_tickets', 'Tickets without an answer', '8 customers wait for an answer to a ticket: € 900 of value '
            || 'at risk.', 8, 900.0, 'worklist', 'show=All customers'),
        (3, 'second_order', 'Fewer come a second time', 'Of 900 first buyers 77.0 % ordered again within 365 days; of '
            || 'those a period earlier it were 80.1 %.', 900, null, 'segments', '')
        ) as told(place, risk_id, title, sentence, customers, money, page, filter)""",
    """create table overview_experiments as
    select 1 as rank, 'test_winback_call' as experiment_id, 'Test “Call a valued customer back”' as title,
        'Contact half of the 163 customers it fits now and leave the others alone: 2 such campaigns show a '
        || 'difference from 15.0 points in who stays after 90 days.' as sentence, '20.6 points are assumed (30 % of '
        || 'leavers accept), not measured, and € 19,953 of expected net rests on it.' as why, 'Loyal' as segment,
        'winback_call' as action, 163::bigint as customers, 2 as rounds, 0.15 as detectable, 19953.0 as money,
        'campaigns' as page, 'part=New campaign' as filter, date '2026-11-21' as as_of_date""",
    """create table journey_cells as
    select stage, stage_place::integer as stage_place, touchpoint, touchpoint_place::integer as touchpoint_place, title,
        is_shop, 300::bigint as volume, 250::bigint as customers, 0.8 as rating, 0.7 as rating_low, 0.88 as rating_high,
        60::bigint as rating_n, 0.2 as drop_off, 0.15 as drop_off_low, 0.26 as drop_off_high, 200::bigint as drop_n,
        0.2 + 0.1 * is_shop::integer as churn, churn - 0.05 as churn_low, churn + 0.06 as churn_high,
        200::bigint as followed, (200 * churn)::bigint as churned, 0.2 as alike, churn - alike as difference,
        difference - 0.06 as low, difference + 0.07 as high, is_shop and stage = 'active' as is_worst,
        1::bigint as recent
    from (values ('new', 1), ('active', 3)) as s(stage, stage_place),
        (values ('visit', 0, 'Visit', false), ('late', 7, 'Delivered late', true))
            as t(touchpoint, touchpoint_place, title, is_shop)
    order by touchpoint_place, stage_place""",
    """create table journey_stages as select distinct stage, stage_place, 900::bigint as n, 0.2 as churn, 0.17 as low,
    0.23 as high from journey_cells""",
    """create table journey_customers as select touchpoint || '|' || stage as cell, customer_id,
        date '2026-11-01' as happened_on, 1::bigint as times
    from journey_cells join (select * from customer_list where days_since_last_order < 30) as lately
        on lately.lifecycle_stage = journey_cells.stage order by 1, 2""",
    """create table journey_info as select date '2025-11-21' as from_on, date '2026-11-21' as until_on,
        date '2025-08-23' as followed_from, date '2026-08-23' as followed_until, date '2026-08-23' as recent_from,
        90 as horizon_days, 30 as drop_days, null::varchar as note""",
    """create table snapshot_health as
    select (date '2025-03-22' + to_months(m::integer))::date as as_of_date, m < 18 as is_labelled,
        ($customers * 0.8)::bigint as eligible, if(m < 18, 0.31 + 0.03 * sin(m), null) as churn_rate,
    from range(0, 21) as t(m) order by 1""",
    """create table ingest_report as
    select * from (values
        ('orders', true, 'orders.csv', 61000, 60990, 10, 2, 0, 'note',
            timestamp '2023-01-01', timestamp '2026-11-20 21:14:00'),
        ('customers', true, 'customers.csv', 5000, 5000, 0, 0, 3, '', null, null),
        ('support_tickets', false, null, 0, 0, 0, 0, 0, '', null, null)
    ) as t(table_name, is_present, file, rows_read, rows_loaded, rows_rejected, rows_duplicate, orphans,
        ignored_columns, first_at, last_at)""",
    """create table rejects as select 'orders' as table_name, i as row_number, 'revenue' as column_name, '-3' as value,
    'negative' as reason from range(10) as t(i)""",
    """create table model_metrics as select 'champion' as model, 'roc_auc' as metric, 0.81 as value, 0.79 as low,
    0.83 as high, 4000 as n, date '2026-08-22' as as_of_date""",
    """create table second_orders as select 365 as within_days, 900 as buyers, 450::hugeint as returned,
        0.5 as return_share, 41.0::double as median_days""",
    """create table sufficiency as
    select * from (values ('customers with a known outcome', 4000, 200, 500, 'reason'), ('who churned', 900, 50, 100,
        'reason'), ('who stayed', 3100, 50, 100, 'reason'), ('days of history', 640, 120, 210, 'reason'))
        as t(what, found, needed, needed_for_trees, why)""",
    """create table run_info as
    select $run as run_id, date '2026-11-21' as as_of_date, 90 as horizon_days, 'active' as eligibility,
        365 as active_days, 'EUR' as currency, '3' as model_version, 'boosted' as model_kind,
        'model' as model_state, null::varchar as model_note, null::varchar as model_advice,
        timestamp '2026-11-09 02:10:00' as trained_at, timestamp '2026-11-20 21:14:00' as data_through,
        'sample' as source,
        $customers::bigint as customers, (select count(*) from customer_list where is_eligible) as eligible_customers,
        (select count(*) from customer_list where is_scored) as scored_customers,
        timestamp '2026-11-21 02:20:00' as finished_at, 'abc' as data_hash, 'def' as settings_hash,
        'ghi' as code_hash, 365 as value_horizon_days, 0.35 as gross_margin""",
]


def publish_warehouse(
    home: Path, customers: int = 2_000, run_id: str = "20261121T022000-aaaa", changes: tuple[str, ...] = ()
) -> Path:
    """Publish a drawn warehouse under `home`; large ones keep reasons and events for one customer in fifty.

    `changes` are statements run at the end, for shops of a special kind.
    """
    values = {
        "customers": customers, "first": FIRST, "last": LAST, "segments": SEGMENTS, "stages": STAGES,
        "reasons": REASONS, "actions": list(ACTIONS), "titles": [title for title, _ in ACTIONS.values()],
        "channels": [channel for _, channel in ACTIONS.values()], "run": run_id,
        "thin": 1 if customers < 100_000 else 50,
    }  # fmt: skip
    with publish.new_store(home, "warehouse", run_id) as con:
        con.execute("select setseed(0.5)")
        for statement in [CUSTOMERS, *REST, *EXPERIENCE]:
            _execute(con, statement, values)
        for change in changes:
            con.execute(change)
    path = publish.current(home, "warehouse")
    assert path is not None
    return path


def _execute(con: duckdb.DuckDBPyConnection, statement: str, values: dict) -> None:
    named = {name: value for name, value in values.items() if f"${name}" in statement}
    con.execute(statement, named or None)
