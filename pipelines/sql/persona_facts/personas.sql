-- One row per persona: name and rule, size and money, top reason, best channel, and the play that earns most.
select
    rules.*,
    sizes.* exclude (persona_id),
    reasons.* exclude (persona_id),
    channels.* exclude (persona_id),
    plays.* exclude (persona_id),
from persona_rules as rules
inner join persona_sizes as sizes using (persona_id)
left join persona_reasons as reasons using (persona_id)
left join persona_channels as channels using (persona_id)
left join persona_plays as plays using (persona_id)
order by sizes.value_at_risk desc, rules.persona_id
