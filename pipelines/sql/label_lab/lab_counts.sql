-- One row about the as-of date: how many are eligible, who of them churned, and whose outcome is still open.
-- An outcome is open while the horizon runs and nothing was ordered since; a contract's is open while the horizon runs.
select
    count(*) as eligible,
    count_if(coalesce(labels.churned, false)) as churned,
    count_if(
        labels.churned is null
        and (getvariable('eligibility') = 'subscribed' or buyers.last_on is null
        or buyers.last_on < spine.as_of_date)
    ) as undecided,
from customer_features as spine
left join lab_labels as labels on spine.customer_id = labels.customer_id and spine.as_of_date = labels.as_of_date
left join lab_buyers as buyers on spine.customer_number = buyers.customer_number
