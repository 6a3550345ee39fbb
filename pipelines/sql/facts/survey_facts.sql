-- One row per survey answer, numbered per customer and kind in the order they came in.
with surveys as (
    select * from stg_surveys
)

select
    *,
    row_number() over (partition by customer_id, kind order by answered_at, survey_id) as answer_number,
from surveys
order by customer_id, answered_at, survey_id
