"""What was known on an earlier day: the label's own formula, cut off at that day."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from models.order_value import ValueTerms
from models.value_fit import stayers
from pipelines import publish
from pipelines.config import Settings
from pipelines.train import training_frame
from pipelines.value_rows import known_now, known_then, outcomes_by, terms_of

TERMS = terms_of(Settings())


@pytest.fixture(scope="module")
def features(shared_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with publish.open_current(shared_home, "features") as con:
        yield con


@pytest.fixture(scope="module")
def frame(features: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return training_frame(features, "main", 500_000)


def newest(con: duckdb.DuckDBPyConnection) -> date:
    return con.execute("select max(as_of_date) from snapshots").fetchall()[0][0]


def test_with_everything_known_outcomes_are_the_labels(
    features: duckdb.DuckDBPyConnection, frame: pd.DataFrame
) -> None:
    rows = stayers(frame)
    found = outcomes_by(features, "main", rows, newest(features), TERMS)
    assert found["stayed_margin"].to_numpy() == pytest.approx(rows["stayed_margin"].to_numpy())
    assert (found["value_days"] == rows["value_days"]).all()


def test_an_earlier_day_knows_what_was_over_by_then_and_no_more(
    features: duckdb.DuckDBPyConnection, frame: pd.DataFrame
) -> None:
    found = known_then(features, "main", frame, TERMS)
    assert found is not None
    known, later = found
    (day,) = later["as_of_date"].unique()
    ends = known.rows["as_of_date"] + pd.to_timedelta(known.rows["value_days"], unit="D")
    assert (ends <= day).all()
    assert known.rows["value_days"].min() >= TERMS.horizon_days
    assert known.histories["as_of_date"].max() == day
    assert known.daily.index.max() < day
    assert (later["churned"] == 0).all()
    assert (later["value_days"] == TERMS.value_days).all()
    whole = known_now(features, "main", frame).rows
    assert known.rows["stayed_margin"].sum() < whole.loc[whole["as_of_date"] < day, "stayed_margin"].sum()


def test_a_contract_does_not_promise_an_order() -> None:
    base = Settings()
    subscribed = base.model_copy(update={"churn": base.churn.model_copy(update={"eligibility": "subscribed"})})
    assert not terms_of(subscribed).stay_is_order
    assert terms_of(base) == ValueTerms(90, 365, 0.10, stay_is_order=True)
