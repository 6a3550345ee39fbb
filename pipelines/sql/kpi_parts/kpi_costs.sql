-- One row per customer and month: what tickets and retention contacts cost, from the customer's first month on.
-- optional: support_tickets (customer_id varchar, opened_at timestamp)
-- optional: contacts (customer_id varchar, contacted_at timestamp, arm varchar, cost double)
with

costs as (
    select
        customer_id,
        cast(date_trunc('month', opened_at) as date) as month,
        cast(getvariable('ticket_cost') as double) as cost,
    from support_tickets
    where opened_at < getvariable('as_of_date')
    union all
    select
        customer_id,
        cast(date_trunc('month', contacted_at) as date),
        -- what the shop did not write down is not free
        coalesce(cost, cast(getvariable('contact_cost') as double)),
    from contacts
    where
        contacted_at < getvariable('as_of_date')
        and arm = 'treated'
)

select
    arrivals.customer_number,
    greatest(costs.month, arrivals.month) as month,
    sum(costs.cost) as cost,
from costs
inner join customer_numbers as numbers on costs.customer_id = numbers.customer_id
inner join kpi_arrivals as arrivals on numbers.customer_number = arrivals.customer_number
group by 1, 2
