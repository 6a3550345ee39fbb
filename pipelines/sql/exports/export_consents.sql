-- One row per candidate for an export: whether they consented to its channel, or to any where they have no action.
-- Where the shop keeps no consents, silence is what the settings say it is; a refusal counts in any case.
select
    candidates.customer_id,
    case
        when getvariable('has_consents') then coalesce(bool_or(latest_consents.granted), false)
        when getvariable('allows_unknown_consent') then coalesce(bool_or(latest_consents.granted), true)
        else coalesce(bool_or(latest_consents.granted), not bool_or(candidates.needs_consent))
    end as has_consent,
from candidates
left join latest_consents
    on
        candidates.customer_id = latest_consents.customer_id
        and (candidates.action is null or candidates.channel = latest_consents.channel)
group by candidates.customer_id
