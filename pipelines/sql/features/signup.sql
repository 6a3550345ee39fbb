-- One row per customer signed up before the as-of date: since when, and as what.
with signups as (
    select
        customer_numbers.customer_number,
        cast(signup_facts.signed_up_at as date) as signed_up_on,
        signup_facts.is_business,
    from signup_facts
    join customer_numbers on signup_facts.customer_id = customer_numbers.customer_id
    where signup_facts.signed_up_at < getvariable('as_of_date')
),

ages as (
    select
        signups.customer_number,
        signups.is_business,
        date_diff('day', signups.signed_up_on, getvariable('as_of_date')) as days_since_signup,
        order_sums.days_since_first,
    from signups
    left join order_sums on signups.customer_number = order_sums.customer_number
)

select
    customer_number,
    days_since_signup,
    -- Who orders first and signs up later took no time.
    case when days_since_first > days_since_signup then 0 else days_since_signup - days_since_first end
        as days_to_first_order,
    case when is_business then 1 when not is_business then 0 end as is_business,
from ages
