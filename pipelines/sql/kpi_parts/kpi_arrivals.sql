-- One row per customer: the month of the first order or, where contracts are predicted, of an earlier first contract.
select
    customer_number,
    min(month) as month,
from kpi_flows
group by customer_number
