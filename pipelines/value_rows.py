"""What stayers brought, as it was known on a day: rows for the value model, and an earlier day to judge it on."""

from datetime import date, timedelta

import duckdb
import pandas as pd

from models.order_value import ValueTerms
from models.value_fit import Known, stayers
from pipelines.config import Settings
from pipelines.warehouse import tables


def terms_of(settings: Settings) -> ValueTerms:
    """What an expected value means under these settings."""
    economics, churn = settings.economics, settings.churn
    return ValueTerms(
        churn.horizon_days, economics.value_horizon_days, economics.discount_rate, churn.eligibility != "subscribed"
    )


def known_now(con: duckdb.DuckDBPyConnection, schema: str, frame: pd.DataFrame) -> Known:
    """Everything known, from labelled rows (keys, churned, stayed_margin, value_days, features)."""
    return Known(stayers(frame), frame, _daily(con, schema, None))


def known_then(
    con: duckdb.DuckDBPyConnection, schema: str, frame: pd.DataFrame, terms: ValueTerms
) -> tuple[Known, pd.DataFrame] | None:
    """What was known on an earlier snapshot, and that snapshot's stayers with what they have brought since.

    None where no snapshot lies a horizon before another, or the orders are not there.
    """
    days = frame.dropna(subset=["value_days"]).groupby("as_of_date")["value_days"].max()
    seen_days = dict(zip(pd.to_datetime(days.index).date, days.astype(int).tolist(), strict=True))
    chosen = day_to_judge(seen_days, terms)
    if chosen is None or not _has_orders(con, schema):
        return None
    stamps = pd.to_datetime(frame["as_of_date"])
    over = (stamps <= pd.Timestamp(chosen - timedelta(days=terms.horizon_days))) & (frame["churned"] == 0)
    rows = outcomes_by(con, schema, frame[over], chosen, terms)
    histories = frame[stamps <= pd.Timestamp(chosen)]
    return Known(rows, histories, _daily(con, schema, chosen)), stayers(frame[stamps == pd.Timestamp(chosen)])


def day_to_judge(seen_days: dict[date, int], terms: ValueTerms) -> date | None:
    """The snapshot to judge on, from the days over which each one's outcome has been seen.

    The newest one whose value horizon is over, if by then outcomes were known over two horizons. In a younger shop the
    one with as long an outcome after it as there was before it.
    """
    dates = sorted(seen_days)
    before = {day: (day - dates[0]).days for day in dates if (day - dates[0]).days >= terms.horizon_days}
    whole = [day for day in before if seen_days[day] >= terms.value_days and before[day] >= 2 * terms.horizon_days]
    if whole:
        return max(whole)
    return max(before, key=lambda day: (min(before[day], seen_days[day]), day), default=None)


def _has_orders(con: duckdb.DuckDBPyConnection, schema: str) -> bool:
    return ("order_facts" if schema == "main" else f"{schema}.order_facts") in tables(con)


def outcomes_by(
    con: duckdb.DuckDBPyConnection, schema: str, rows: pd.DataFrame, until: date, terms: ValueTerms
) -> pd.DataFrame:
    """The rows with what was seen before `until` in place of their outcomes; the label's own formula."""
    days = (pd.Timestamp(until) - pd.to_datetime(rows["as_of_date"])).dt.days.clip(upper=terms.value_days)
    keys = rows[["customer_id", "as_of_date"]].assign(value_days=days.to_numpy(dtype="int64"))
    con.register("value_keys", keys)
    try:
        seen = con.execute(
            f"""
            select keys.customer_id, keys.as_of_date,
                sum(
                    margin * power(1 + $rate, -date_diff('day', keys.as_of_date::date, orders.ordered_on) / 365.0)
                ) as stayed_margin
            from value_keys as keys
            inner join {schema}.order_facts as orders
                on orders.customer_id = keys.customer_id
                and orders.ordered_on >= keys.as_of_date::date
                and orders.ordered_on < keys.as_of_date::date + keys.value_days::integer
            group by keys.customer_id, keys.as_of_date
            """,
            {"rate": terms.discount_rate},
        ).df()
    finally:
        con.unregister("value_keys")
    joined = keys.merge(seen, on=["customer_id", "as_of_date"], how="left")
    margin = joined["stayed_margin"].fillna(0.0).to_numpy()
    return rows.assign(stayed_margin=margin, value_days=keys["value_days"].to_numpy())


def _daily(con: duckdb.DuckDBPyConnection, schema: str, before: date | None) -> pd.Series:
    """The shop's margin per day, oldest first; empty without orders."""
    if not _has_orders(con, schema):
        return pd.Series(dtype=float)
    found = con.execute(
        f"""
        select ordered_on, sum(margin) as margin
        from {schema}.order_facts
        where $before is null or ordered_on < $before
        group by ordered_on
        order by ordered_on
        """,
        {"before": before},
    ).df()
    return pd.Series(found["margin"].to_numpy(dtype=float), index=pd.DatetimeIndex(found["ordered_on"]))
