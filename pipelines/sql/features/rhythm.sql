-- One row per customer with an order before the as-of date: how often they buy and how late they are.
with sums as (
    select
        *,
        days_since_first - days_since_last as first_to_last,
        (days_since_first - days_since_last) / nullif(gaps * 1.0, 0) as mean_gap,
    from order_sums
),

-- The gaps add up to the time from first to last order, so their spread needs no second pass.
rhythm as (
    select
        *,
        case
            when gaps > 1 and squared_gaps * gaps > first_to_last * first_to_last
                then sqrt((squared_gaps - first_to_last * first_to_last / (gaps * 1.0)) / (gaps - 1.0))
        end as gap_deviation,
    from sums
)

select
    customer_number,
    days_since_last as days_since_last_order,
    order_days,
    first_to_last as first_to_last_days,
    mean_gap as mean_gap_days,
    gap_deviation / mean_gap as gap_variation,
    longest_gap as longest_gap_days,
    last_gap as last_gap_days,
    last_gap / mean_gap as last_gap_ratio,
    days_since_last / mean_gap as overdue_ratio,
    days_since_last - mean_gap as days_overdue,
    (days_since_last - mean_gap) / gap_deviation as overdue_deviations,
    days_since_last / (longest_gap * 1.0) as longest_gap_ratio,
    orders_30d,
    orders_90d,
    orders_180d,
    orders_365d,
    -- The pace of the last 90 days against that of the time before them.
    case
        when days_since_first >= 120
            then orders_90d / 90.0 * (days_since_first - 90.0) / nullif(orders - orders_90d, 0)
    end as order_trend,
from rhythm
