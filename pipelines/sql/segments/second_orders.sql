-- One row at most: how many first-time buyers came back within so many days, and how soon; none in a young shop.
-- Only those count whose first order is so many days ago: all of them had the time to come back.
with buyers as (
    select
        getvariable('as_of_date') - first_ordered_on as days_since_first,
        first_gap_days,
    from customer_cadence
),

windows as (
    select unnest([365, 180, 90]) as within_days
),

counted as (
    select
        windows.within_days,
        count(*) as buyers,
        sum(case when buyers.first_gap_days <= windows.within_days then 1 else 0 end) as returned,
        median(case when buyers.first_gap_days <= windows.within_days then buyers.first_gap_days end) as median_days,
        -- in the first days of the data everybody known before looks like a first buyer
        max(buyers.days_since_first) >= windows.within_days + 90 as is_long,
    from windows
    inner join buyers on buyers.days_since_first >= windows.within_days
    group by windows.within_days
)

select
    within_days,
    buyers,
    returned,
    returned / buyers as return_share,
    median_days,
from counted
-- fewer would not bear a share and a median
where buyers >= 50 and returned >= 20
order by is_long desc, if(is_long, within_days, -within_days) desc
limit 1
