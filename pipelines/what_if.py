"""What if an input that the shop can change were another one: one customer re-scored with the model that scored them.

The answer is the model's: what goes with a lower risk among all customers need not cause one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from models.bundle import Bundle, from_files, to_files
from models.change import rescored
from pipelines import publish
from pipelines.frames import feature_columns
from pipelines.quoting import quoted

SAMPLE = 50_000  # customers from whom the usual range of an input is read
_LOW, _HIGH = 0.01, 0.99
# What a solved ticket takes with it: an input alone would describe a customer that cannot exist.
_FOLLOWS = {
    ("open_tickets", 0.0): {"open_ticket_days": None, "unanswered_days": None, "unsolved_since_order": 0.0},
}


@dataclass(frozen=True)
class WhatIf:
    """Churn risk as it is and with the changed inputs, both by the same model; `values` are the inputs as they are."""

    before: float
    after: float
    values: dict[str, float | None]


def what_if_into(con: duckdb.DuckDBPyConnection, home: Path, as_of: date, model: Bundle | None) -> None:
    """Write tables model_files (name, content) and what_if_inputs, one row per input of the model that can be changed.

    An input's range goes from the 1st to the 99th percentile of the day. Column `features_file` names the store that
    holds everybody's inputs. Both tables are empty without a model.
    """
    con.execute("create or replace table model_files (name varchar, content blob)")
    con.execute(
        "create or replace table what_if_inputs (place integer, feature varchar, label varchar, unit varchar, "
        "feature_group varchar, low double, high double, features_file varchar)"
    )
    if model is None:
        return
    con.executemany(
        "insert into model_files values (?, ?)", [[*item] for item in to_files(without_rehearsal(model)).items()]
    )
    _ranges_into(con, home, as_of, model)


def without_rehearsal(model: Bundle) -> Bundle:
    """What scoring needs of a bundle."""
    return Bundle(model.churn, model.value, {}, None, model.version)


def used_features(model: Bundle) -> list[str]:
    """The features that can move a risk at all, in the model's order."""
    trees = {name for _, booster in model.churn.boosters for name in booster.get_score()}
    return [name for name in model.churn.features if name in trees or name in model.churn.prior.features]


def _ranges_into(con: duckdb.DuckDBPyConnection, home: Path, as_of: date, model: Bundle) -> None:
    """The changeable inputs that vary on the day, with their usual range."""
    file = publish.current(home, "features")
    table = "features.customer_features"
    total = con.execute(f"select count(*) from {table} where as_of_date = ?", [as_of]).fetchall()[0][0]
    words = con.execute(
        "select feature, label, unit, feature_group from features.feature_words where is_changeable"
    ).fetchall()
    known = set(feature_columns(con, table)) & set(used_features(model))
    asked = [row for row in words if row[0] in known]
    if not total or not asked or file is None:
        return
    found = con.execute(
        f"select {', '.join(f'quantile_cont({quoted(row[0])}, [{_LOW}, {_HIGH}])' for row in asked)} from {table}"
        f" where as_of_date = ? and md5_number_lower(customer_id) % {max(total // SAMPLE, 1)} = 0",
        [as_of],
    ).fetchall()[0]
    rows = [
        [place, *row, float(ends[0]), float(ends[1]), file.name]
        for place, (row, ends) in enumerate(zip(asked, found, strict=True))
        if ends is not None and ends[0] < ends[1]
    ]
    if rows:
        con.executemany("insert into what_if_inputs values (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def bundle_of(warehouse: duckdb.DuckDBPyConnection) -> Bundle:
    """The model that made the scores of a published warehouse, out of its own files."""
    version = warehouse.execute("select model_version from run_info").fetchall()[0][0]
    return from_files(dict(warehouse.execute("select name, content from model_files").fetchall()), version)


def answer(model: Bundle, row: pd.DataFrame, changed: Mapping[str, float | None]) -> WhatIf:
    """Re-score one row of inputs with some of them changed (None: not known any more)."""
    risks, _ = rescored(model.churn, pd.concat([row, _with(row, changed)], ignore_index=True))
    return WhatIf(float(risks[0]), float(risks[1]), values_of(row))


def _with(row: pd.DataFrame, changed: Mapping[str, float | None]) -> pd.DataFrame:
    """The row with some inputs changed, and what goes along with them."""
    other = row.copy()
    for name, value in _with_followers(changed, row).items():
        other[name] = pd.array([float("nan") if value is None else value], dtype="float32")
    return other


def reach(model: Bundle, row: pd.DataFrame, inputs: pd.DataFrame) -> dict[str, float]:
    """By how much each input could lower the risk of one row within its usual range, largest first.

    `inputs` has feature, low and high; inputs that are not known for the customer are left out.
    """
    known = [
        (str(name), float(low), float(high))
        for name, low, high in zip(inputs["feature"], inputs["low"], inputs["high"], strict=True)
        if not pd.isna(row[name].iloc[0])
    ]
    if not known:
        return {}
    tried = [_with(row, {name: end}) for name, low, high in known for end in (low, high)]
    risks, _ = rescored(model.churn, pd.concat([row, *tried], ignore_index=True))
    least = risks[1:].reshape(-1, 2).min(axis=1)
    gains = {name: float(risks[0] - risk) for (name, _, _), risk in zip(known, least, strict=True)}
    return dict(sorted(gains.items(), key=lambda gain: -gain[1]))


def values_of(row: pd.DataFrame) -> dict[str, float | None]:
    """The inputs of a customer as plain numbers, None where not known."""
    return {
        str(name): None if pd.isna(value) else float(value)
        for name, value in row.iloc[0].items()
        if name not in ("customer_id", "as_of_date")
    }


def _with_followers(changed: Mapping[str, float | None], row: pd.DataFrame) -> dict[str, float | None]:
    """The changes with what goes along with them, unless that was changed on purpose."""
    follow: dict[str, float | None] = {}
    for (name, value), others in _FOLLOWS.items():
        if changed.get(name, object()) == value:
            follow |= {other: nothing for other, nothing in others.items() if other in row}
    return follow | dict(changed)
