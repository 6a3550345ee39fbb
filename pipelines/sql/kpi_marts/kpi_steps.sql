-- One row per period and step: of those who first ordered in it, how many came to a second and third order day.
-- Everybody counted had the same within_days: 365, else 180 or 90 in a shop too young or small; none below 50 buyers.
-- In the first days of the data everybody known before looks like a first buyer: they must reach back to its start.
with

windows as (
    select unnest([365, 180, 90]) as within_days
),

periods as (
    select
        within_days,
        unnest(['latest', 'before']) as period,
        unnest([1, 2]) as back,
    from windows
),

counted as (
    select
        periods.period,
        periods.within_days,
        min(getvariable('as_of_date') - (periods.back + 1) * periods.within_days) as from_on,
        min(getvariable('as_of_date') - periods.back * periods.within_days - 1) as until_on,
        count(*) as first_buyers,
        (select min(first_on) from kpi_first_days) <= from_on as is_covered,
        sum(case when second_on <= first_on + periods.within_days then 1 else 0 end) as second_buyers,
        sum(case when third_on <= first_on + periods.within_days then 1 else 0 end) as third_buyers,
        median(case when second_on <= first_on + periods.within_days then second_on - first_on end) as second_days,
        median(case when third_on <= first_on + periods.within_days then third_on - second_on end) as third_days,
    from periods
    inner join kpi_first_days as days
        on days.first_on < getvariable('as_of_date') - periods.back * periods.within_days
        and days.first_on >= getvariable('as_of_date') - (periods.back + 1) * periods.within_days
    group by periods.period, periods.within_days
    having count(*) >= 50
),

chosen as (
    select *
    from counted
    where
        within_days = (
            select coalesce(max(case when is_covered then within_days end), min(within_days))
            from counted where period = 'latest'
        )
        and (is_covered or period = 'latest')
),

steps as (
    select *, 1 as step, first_buyers as customers, first_buyers as previous, null as median_days from chosen
    union all
    select *, 2, second_buyers, first_buyers, second_days from chosen
    union all
    select *, 3, third_buyers, second_buyers, third_days from chosen
)

select period, step, customers, customers / nullif(first_buyers, 0) as share_of_first,
    customers / nullif(previous, 0) as share_of_previous, median_days, within_days, from_on, until_on,
from steps
order by period desc, step
