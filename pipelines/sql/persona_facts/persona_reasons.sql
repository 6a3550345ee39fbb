-- One row per persona: what most often raises the risk of its customers most, and how often.
-- optional: feature_words (feature varchar, label varchar)
with

strongest as (
    select
        customer_id,
        arg_min(feature, rank) as feature,
    from customer_reasons
    where contribution > 0
    group by customer_id
),

counted as (
    select
        personas.persona_id,
        strongest.feature,
        count(*) as customers,
    from customer_personas as personas
    inner join strongest using (customer_id)
    group by personas.persona_id, strongest.feature
),

ranked as (
    select
        persona_id,
        feature,
        customers,
        row_number() over (partition by persona_id order by customers desc, feature) as rank,
        sum(customers) over (partition by persona_id) as told,
    from counted
)

select
    ranked.persona_id,
    coalesce(words.label, replace(ranked.feature, '_', ' ')) as top_reason,
    ranked.customers / (ranked.told * 1.0) as top_reason_share,
from ranked
left join feature_words as words using (feature)
where ranked.rank = 1
