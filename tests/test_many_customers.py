"""What only shows where a shop has more customers than the engine keeps in one piece of a table."""

import numpy as np
import pandas as pd

from pipelines.build import build_into
from pipelines.contract import TABLES
from tests.random_shop import FIRST_DAY, settings, source

CUSTOMERS = 200_000  # more than a row group of 122,880


def test_a_build_counts_and_labels_everybody_in_its_own_transaction() -> None:
    rng = np.random.default_rng(1)
    days = rng.integers(0, 400, CUSTOMERS)
    numbers = np.arange(CUSTOMERS)
    orders = pd.DataFrame(
        {
            "order_id": [f"o{number}" for number in numbers],
            "customer_id": [f"c{number}" for number in numbers],
            "ordered_at": pd.Timestamp(FIRST_DAY) + pd.to_timedelta(days, unit="D"),
            "revenue": 10.0,
        }
    )
    orders = orders.reindex(columns=[column.name for column in TABLES["orders"].columns])
    chosen = settings(snapshots={"count": 1, "every": "month"}, churn={"eligibility": "active", "active_days": 400})
    with source({"orders": orders}) as con:
        con.execute("set threads = 2")
        report = build_into(con, "source", chosen)
        dates = con.execute("select as_of_date, is_labelled, eligible from snapshots order by as_of_date").fetchall()
        labels = con.execute("select as_of_date, count(*) from churn_labels group by all order by all").fetchall()
    expected = [int((orders["ordered_at"] < pd.Timestamp(day)).sum()) for day, _, _ in dates]
    assert [is_labelled for _, is_labelled, _ in dates] == [True, False]
    assert min(expected) > CUSTOMERS * 0.7
    assert [eligible for _, _, eligible in dates] == expected
    assert [count for _, count in labels] == expected
    assert (report.rows, report.eligible) == (sum(expected), expected[-1])
