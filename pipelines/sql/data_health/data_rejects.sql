-- One row per table, column and reason: rejected rows. Row numbers within a reason are left out, so that alike is one.
select
    table_name,
    column_name,
    regexp_replace(regexp_replace(reason, 'row [0-9]+', 'an earlier row'), ' [(]line [0-9]+ of .*[)]', '') as why,
    count(*) as rows_rejected,
    min(row_number) as first_row,
from rejects
group by 1, 2, 3
order by rows_rejected desc, table_name, why
