-- One row per part of the rule of advocates, in order: how many customers meet it and all before it.
-- optional: nps_voices (customer_id varchar, nps double, is_recent boolean, is_satisfied boolean, is_loyal boolean, is_safe boolean, is_served boolean)
with

reached as (
    select
        case
            when not voices.is_recent then 1
            when not voices.is_satisfied then 2
            when not voices.is_loyal then 3
            when not voices.is_safe then 4
            when not voices.is_served then 5
            when not advocates.may_be_asked then 6
            else 7
        end as steps,
    from nps_voices as voices
    left join advocates on voices.customer_id = advocates.customer_id
),

steps as (
    select
        place,
        step,
    from (
        values
        (2, 'answered'),
        (3, 'satisfied'),
        (4, 'loyal'),
        (5, 'not at risk'),
        (6, 'served'),
        (7, 'may be asked')
    ) as listed (place, step)
)

select
    1 as place,
    'looked at' as step,
    count(*) as customers,
from customer_list
where is_eligible

union all

select
    steps.place,
    steps.step,
    count(reached.steps),
from steps
left join reached on steps.place <= reached.steps
group by steps.place, steps.step
order by place
