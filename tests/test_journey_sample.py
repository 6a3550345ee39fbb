"""The sample shop's journey breaks where its planted experiences hurt, and nowhere where nothing hurts."""

import dataclasses
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from pipelines import queries
from pipelines.build import facts_into
from pipelines.config import Settings
from pipelines.journey import journey_into
from pipelines.sample import write_sample
from pipelines.sample.coefficients import Coefficients, Experience
from pipelines.warehouse import expose, run_folder, set_variables

KNOWN_UNTIL = date(2026, 11, 1)
PLANTED = {"late", "return", "slow reply", "unsolved", "reopened"}


def cells_of(folder: Path, coefficients: Coefficients) -> pd.DataFrame:
    """The map of a sample shop of 5,000 customers as of the end of its data."""
    write_sample(5_000, 1, folder, coefficients=coefficients)
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("set timezone = 'UTC'")
        con.execute("attach ':memory:' as source")
        for path in folder.glob("*.parquet"):
            if not path.stem.startswith("truth"):
                con.execute(f"create table source.{path.stem} as from '{path}'")
        facts_into(con, "source", Settings())
        expose(con, "source")
        set_variables(con, as_of_date=KNOWN_UNTIL)
        run_folder(con, "segments")
        journey_into(con, Settings(), KNOWN_UNTIL)
        return queries.journey_cells(con)


def test_the_worst_square_is_planted_and_no_harmless_touchpoint_is_worse_than_its_like(tmp_path):
    cells = cells_of(tmp_path / "shop", Coefficients())
    (worst,) = cells[cells["is_worst"]].to_dict("records")
    assert worst["touchpoint"] in {"slow reply", "unsolved", "reopened"}
    assert worst["low"] > 0.05
    enough = cells[(cells["followed"] >= 50) & cells["touchpoint"].isin([*PLANTED, "on time", "order"])]
    assert {"late", "slow reply", "reopened"} <= set(enough.loc[enough["low"] > 0, "touchpoint"]) <= PLANTED


def test_no_square_is_marked_where_no_experience_counts(tmp_path):
    harmless = Experience(**{field.name: 0.0 for field in dataclasses.fields(Experience)})
    cells = cells_of(tmp_path / "shop", dataclasses.replace(Coefficients(), experience=harmless))
    assert not cells["is_worst"].any()
    enough = cells[cells["is_shop"] & (cells["followed"] >= 50) & (cells["touchpoint"] != "chat")]
    assert (enough["low"] > 0).mean() < 0.1
