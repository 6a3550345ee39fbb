"""What a version keeps beside its model for the page that tells what a training brought. No file names a customer.

`judged.parquet` are the rows it was judged on with every contender's risk (models.judged), `values.parquet` and
`contributions.parquet` a sample of customers for the drivers, `words.parquet` its features in words.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import duckdb
import pandas as pd

from models.bundle import Bundle
from models.judged import Drivers, anonymous_rows
from models.train import Trained
from pipelines.config import Settings
from pipelines.expected_value import expected_value
from pipelines.warehouse import tables

JUDGED, VALUES, CONTRIBUTIONS, WORDS = "judged.parquet", "values.parquet", "contributions.parquet", "words.parquet"
_WORD_COLUMNS = ["feature", "label", "unit", "feature_group", "direction", "is_changeable", "reason"]


@dataclass(frozen=True)
class VersionReport:
    """What was kept: judged rows, drivers, and one row of words per feature (see `words_of`)."""

    judged: pd.DataFrame
    drivers: Drivers
    words: pd.DataFrame


def files_of(trained: Trained, model: Bundle, words: pd.DataFrame, settings: Settings) -> dict[str, bytes]:
    """File name → content; the expected value of the judged rows is the version's own."""
    seed = trained.params.seed
    value = expected_value(model, trained.judged.rows, settings)
    return {
        JUDGED: _parquet(anonymous_rows(trained.judged, value, seed)),
        VALUES: _parquet(trained.drivers.values),
        CONTRIBUTIONS: _parquet(trained.drivers.contributions),
        WORDS: _parquet(words[words["feature"].isin(model.churn.features)]),
    }


def words_of(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Words of every feature of a store: feature, label, unit, feature_group, direction, is_changeable, reason."""
    if "feature_words" not in tables(con):
        return pd.DataFrame(columns=_WORD_COLUMNS)
    return con.execute(f"select {', '.join(_WORD_COLUMNS)} from feature_words").df()


def read(folder: Path) -> VersionReport | None:
    """What lies in a version's report folder; None where it was trained before reports were kept, or files are gone."""
    try:
        judged, values, contributions, words = (
            pd.read_parquet(folder / name) for name in (JUDGED, VALUES, CONTRIBUTIONS, WORDS)
        )
    except OSError:
        return None
    return VersionReport(judged, Drivers(values, contributions), words)


def _parquet(frame: pd.DataFrame) -> bytes:
    target = BytesIO()
    frame.reset_index(drop=True).to_parquet(target, index=False)
    return target.getvalue()
