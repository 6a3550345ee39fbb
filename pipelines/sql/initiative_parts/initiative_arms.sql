-- One row per initiative (or trigger and window of the past), arm and outcome: customers, who tells it, mean, variance.
with long as (
    unpivot (select * from initiative_outcomes)
    on churn, repeat_order, csat, reopened, tickets, cost
    into name outcome value figure
),

drawn as (
    select
        kind,
        key,
        window_days,
        arm,
        count(*) as customers,
        count(case when is_horizon_over then 1 end) as settled,
        max(started_on) as last_started_on,
    from initiative_outcomes
    group by kind, key, window_days, arm
),

told as (
    select
        kind,
        key,
        window_days,
        arm,
        outcome,
        count(*) as n,
        avg(figure) as mean,
        var_samp(figure) as variance,
    from long
    group by kind, key, window_days, arm, outcome
)

select
    drawn.*,
    told.* exclude (kind, key, window_days, arm),
from drawn
inner join told
    on drawn.kind = told.kind
    and drawn.key = told.key
    and drawn.window_days = told.window_days
    and drawn.arm = told.arm
