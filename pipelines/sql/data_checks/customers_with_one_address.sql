-- One row per customer number whose e-mail address stands under another number, too.
with

addresses as (
    select
        customer_id,
        lower(trim(email)) as address,
    from customers
    where email is not null and trim(email) != ''
),

shared as (
    select
        address,
        count(*) as customers,
    from addresses
    group by address
    having count(*) > 1
)

select
    addresses.customer_id,
    addresses.customer_id as row_key,
    'an e-mail address that ' || cast(shared.customers as varchar) || ' customer numbers have' as found,
    shared.customers as weight,
from addresses
inner join shared on addresses.address = shared.address
