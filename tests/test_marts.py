"""The list says the same as the features it was scored from."""

import duckdb


def test_an_open_ticket_is_the_same_in_the_list_and_in_the_features(shared_home):
    with duckdb.connect() as con:
        for stage in ("warehouse", "features"):
            con.execute(f"attach '{(shared_home / f'{stage}.duckdb').resolve()}' as {stage} (read_only)")
        rows = con.execute(
            """
            select listed.open_tickets, coalesce(features.open_tickets, 0)
            from warehouse.customer_list as listed
            inner join warehouse.run_info on true
            inner join features.customer_features as features
                on features.customer_id = listed.customer_id and features.as_of_date = run_info.as_of_date
            """
        ).fetchall()
    assert sum(listed for listed, _ in rows) > 0
    assert [row for row in rows if row[0] != row[1]] == []
