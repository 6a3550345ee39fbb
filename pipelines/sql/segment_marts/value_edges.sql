-- One row per class of expected value, about a fifth of the scored customers each, from a round amount up to the next.
with

ranked as (
    select
        expected_value,
        row_number() over (order by expected_value) as place,
        count(*) over () as customers,
    from customer_scores
),

fifths as (
    select
        ceil(place * 5.0 / customers) as fifth,
        min(expected_value) as amount,
    from ranked
    group by 1
),

edges as (
    -- two digits of a whole amount are what people remember; the first class begins at nothing
    select distinct
        case
            when fifth <= 1 or amount < 1 then 0
            when amount < 10 then floor(amount)
            else round(amount / power(10, floor(log10(amount)) - 1)) * power(10, floor(log10(amount)) - 1)
        end as value_from,
    from fifths
)

select
    cast(row_number() over (order by value_from) as integer) as value_class,
    round(value_from) as value_from,
    round(lead(value_from) over (order by value_from)) as value_to,
from edges
