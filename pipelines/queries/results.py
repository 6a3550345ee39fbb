"""Questions about what campaigns changed, and what was learned from them; empty where an older version published."""

import pandas as pd

from pipelines.queries.rows import Cursor, column, frame

_COLUMNS = {
    "campaign_results": "campaign_id varchar, source varchar, name varchar, action varchar, metric varchar, "
    "unit varchar, treated_n bigint, control_n bigint, treated double, control double, difference double, low double, "
    "high double, state varchar, started_on date, stop_on date",
    "campaign_checks": "campaign_id varchar, source varchar, check_name varchar, value double, is_ok boolean, "
    "words varchar",
    "action_acceptances": "action varchar, segment varchar, assumed double, mean double, low double, "
    "high double, a double, b double, source varchar, treated_n bigint, control_n bigint, words varchar, "
    "harm double",
    "uplift_state": "action varchar, is_unlocked boolean, learner varchar, qini double, low double, high double, "
    "n bigint, words varchar",
}


def has_results(cursor: Cursor) -> bool:
    """Whether the warehouse holds results; one published by an older version does not."""
    return _is_there(cursor, "campaign_results")


def campaign_results(cursor: Cursor) -> pd.DataFrame:
    """One row per campaign, action ('' = all) and metric, newest campaign first; campaign '' is the sum of all."""
    order = "campaign_id = '' desc, started_on desc, campaign_id, action, metric"
    return frame(cursor, f"from {_table(cursor, 'campaign_results')} order by {order}")


def campaign_checks(cursor: Cursor) -> pd.DataFrame:
    """One row per campaign and check, with its verdict in words; what is not in order first."""
    return frame(cursor, f"from {_table(cursor, 'campaign_checks')} order by is_ok, campaign_id, check_name")


def kept_revenue(cursor: Cursor) -> pd.DataFrame:
    """One row per month that is over, oldest first: what campaigns earned whose result came within its 12 months.

    `amount` is the sum of difference × treated customers, campaigns taken as independent; `low` and `high`
    end its 95 % interval. Months without such a campaign, or with less than 12 months of data, are missing.
    """
    if not _is_there(cursor, "campaign_results"):
        return pd.DataFrame(columns=["month", "campaigns", "treated_n", "control_n", "amount", "low", "high"])
    found = frame(
        cursor,
        """
        with sums as (
            select
                months.month, count(*) as campaigns, sum(told.treated_n) as treated_n, sum(told.control_n) as control_n,
                sum(told.difference * told.treated_n) as amount,
                sqrt(sum(pow((told.high - told.low) / 2 * told.treated_n, 2))) as half,
            from kpi_months as months
            inner join campaign_results as told
                on told.stop_on < months.month + interval 1 month and told.stop_on >= months.month - interval 11 month
            where not months.is_running and told.metric = 'revenue' and told.action = '' and told.campaign_id != ''
                and told.state = 'measured' and isfinite(told.high - told.low)
                and months.month >= (select min(month) + interval 11 month from kpi_months)
            group by months.month
        )

        select month, campaigns, treated_n, control_n, amount, amount - half as low, amount + half as high
        from sums order by month desc limit 25
        """,
    )
    return found.iloc[::-1].reset_index(drop=True)


def action_acceptances(cursor: Cursor) -> pd.DataFrame:
    """One row per action, and per segment that was measured on its own, in the catalogue's order, with the title."""
    return frame(
        cursor,
        f"""
        select known.*, actions.title
        from {_table(cursor, "action_acceptances")} as known
        inner join actions using (action)
        order by actions.place, known.segment
        """,
    )


def uplift_state(cursor: Cursor) -> pd.DataFrame:
    """One row per action that was tried at random: may effects of single customers be used, and why."""
    return frame(cursor, f"from {_table(cursor, 'uplift_state')} order by is_unlocked desc, action")


def _is_there(cursor: Cursor, table: str) -> bool:
    return table in column(cursor, "select table_name from duckdb_tables()")


def _table(cursor: Cursor, name: str) -> str:
    """The table, or an empty one of its columns where the warehouse has none."""
    if _is_there(cursor, name):
        return name
    columns = (one.split() for one in _COLUMNS[name].split(", "))
    return f"(select {', '.join(f'cast(null as {kind}) as {column}' for column, kind in columns)} where false)"
