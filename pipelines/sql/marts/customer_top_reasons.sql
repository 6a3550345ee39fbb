-- One row per scored customer: why, in a sentence; the strongest reason that raises the risk, if there is one.
-- Who bought once has no rhythm of their own: when they bought and how soon others come back says more.
-- optional: feature_words (feature varchar, feature_group varchar)
-- optional: one_time_words (customer_id varchar, reason varchar)
with

strongest as (
    select
        customer_id,
        arg_min(reason, rank) as reason,
        arg_min(feature, rank) as feature,
    from customer_reasons
    where contribution > 0
    group by customer_id
),

about_orders as (
    select feature from feature_words
    where feature_group in ('recency & rhythm', 'tenure', 'value', 'range')
)

select
    customer_scores.customer_id,
    case
        when about_orders.feature is not null or strongest.reason is null
            then coalesce(one_time_words.reason, strongest.reason, 'nothing stands out that raises the risk')
        else strongest.reason
    end as top_reason,
from customer_scores
left join strongest using (customer_id)
left join about_orders using (feature)
left join one_time_words using (customer_id)
