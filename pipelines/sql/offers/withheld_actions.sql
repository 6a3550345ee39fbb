-- One row per scored customer and action that a running service initiative withholds: the first free day since 1970.
-- optional: decided_withheld (customer_id varchar, action varchar, held_out_until date)
select
    customer_states.position,
    withheld.action,
    cast(date_diff('day', date '1970-01-01', withheld.held_out_until) as double) as figure,
from decided_withheld as withheld
inner join customer_states on withheld.customer_id = customer_states.customer_id
where withheld.held_out_until > greatest(getvariable('as_of_date'), cast(getvariable('data_through') as date))
order by customer_states.position
