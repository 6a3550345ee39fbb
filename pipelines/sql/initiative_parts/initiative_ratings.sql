-- One row per unit whose customer gave a rating within its window: is the last one 4 or 5 of 5.
-- optional: ticket_facts (customer_id varchar, satisfaction integer, rated_at timestamp)
-- optional: survey_facts (customer_id varchar, kind varchar, score double, answered_at timestamp)
with ratings as (
    select customer_id, rated_at, satisfaction as score from ticket_facts
    where rated_at is not null and satisfaction is not null

    union all

    select customer_id, answered_at, score from survey_facts
    where kind = 'csat'
)

select
    units.unit,
    arg_max(ratings.score, ratings.rated_at) >= 4 as is_satisfied,
from initiative_units as units
inner join ratings
    on units.customer_id = ratings.customer_id
    and ratings.rated_at > units.started_at
    and cast(ratings.rated_at as date) <= units.last_day
group by units.unit
