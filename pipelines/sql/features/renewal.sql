-- One row per customer with a running contract: its plan, how often such plans end, and days until it renews.
-- optional: plan_codes (plan varchar, plan_code double)
with

contracts as (
    select
        customer_id,
        lower(plan) as plan,
        ended_at is null or ended_at >= getvariable('as_of_date') as is_running,
        date_diff('day', cast(started_at as date), getvariable('as_of_date')) as started_days_ago,
        date_diff('day', cast(started_at as date), cast(ended_at as date)) as lasted_days,
    from subscription_facts
    where started_at < getvariable('as_of_date')
),

endings as (
    -- the date of a renewal lies ahead, so it is no fact: the term shows in where earlier contracts of the plan ended
    select
        contracts.plan,
        terms.term_days,
        count(*) as ended,
        sum(case
            when lasted_days > term_days / 2 and abs(lasted_days - round(lasted_days / term_days) * term_days) <= 2.5
                then 1
            else 0
        end) as ended_on_term,
    from contracts
    cross join (values (30.4375), (91.3125), (182.625), (365.25)) as terms (term_days)
    where not is_running
    group by contracts.plan, terms.term_days
),

plan_terms as (
    select
        coalesce(plan, '') as plan,
        max(term_days) as term_days,
    from endings
    where ended >= 5 and ended_on_term >= 0.8 * ended
    group by coalesce(plan, '')
),

plan_years as (
    select
        coalesce(plan, '') as plan,
        sum(case when is_running then 0 else 1 end) as ended,
        sum(case when is_running then started_days_ago else lasted_days end) / 365.0 as years,
    from contracts
    group by coalesce(plan, '')
)

select
    contracts.customer_id,
    max(plan_codes.plan_code) as plan,
    -- from endings per contract-year; a plan with few years behind it has no rate yet
    max(case when plan_years.years >= 10 then 1 - exp(0 - plan_years.ended / plan_years.years) end) as plan_end_share,
    min(ceil(plan_terms.term_days - mod(contracts.started_days_ago, plan_terms.term_days))) as days_to_renewal,
from contracts
left join plan_codes on contracts.plan = plan_codes.plan
left join plan_years on coalesce(contracts.plan, '') = plan_years.plan
left join plan_terms on coalesce(contracts.plan, '') = plan_terms.plan
where contracts.is_running
group by contracts.customer_id
