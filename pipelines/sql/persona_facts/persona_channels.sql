-- One row per persona: the channel with the highest smoothed share of answers among those that reach a fifth of it.
with

members as (
    select persona_id, count(*) as members from customer_personas group by persona_id
),

reached as (
    select
        persona_id,
        channel,
        count(*) as reached,
    from latest_consents
    inner join customer_personas using (customer_id)
    where granted
    group by persona_id, channel
),

smoothed as (
    -- twenty contacts at the channel's own rate stand in where there are few; never tried, it has none
    select
        reached.persona_id,
        reached.channel,
        reached.reached / (members.members * 1.0) as reach,
        coalesce(tried.contacts, 0) as contacts,
        (coalesce(tried.answers, 0) + 20 * shop.rate) / (coalesce(tried.contacts, 0) + 20.0) as rate,
    from reached
    inner join members using (persona_id)
    left join persona_contacts as tried using (persona_id, channel)
    left join (
        select
            channel,
            sum(answers) / (sum(contacts) * 1.0) as rate,
        from persona_contacts
        group by channel
    ) as shop using (channel)
),

ranked as (
    select
        *,
        row_number() over (partition by persona_id order by rate desc nulls last, reach desc, channel) as rank,
    from smoothed
    where reach >= 0.2
)

select
    persona_id,
    channel as best_channel,
    rate as channel_rate,
    contacts as channel_contacts,
    reach as channel_reach,
from ranked
where rank = 1
