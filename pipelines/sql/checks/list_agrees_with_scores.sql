-- One row when the list and the scores disagree on how many customers were scored: they may not.
select
    (select count(*) from customer_list where is_scored) as listed,
    (select count(*) from customer_scores) as scored,
where (select count(*) from customer_list where is_scored) != (select count(*) from customer_scores)
