-- One row per survey answer given before known_until.
select
    survey_id,
    customer_id,
    answered_at,
    kind,
    score,
from surveys
where answered_at < getvariable('known_until')
