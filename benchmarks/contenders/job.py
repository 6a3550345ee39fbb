"""What every contender is asked: the same source, dates and definitions."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

GROSS_MARGIN = 0.35
HORIZON_DAYS = 90
ACTIVE_DAYS = 365
WINDOWS = (30, 90, 180, 365)
TABLES = ("orders", "order_lines", "products")


@dataclass(frozen=True)
class Job:
    """One measurement.

    `source` is a folder with the tables as Parquet files and together in `source.duckdb`. A contender leaves its
    features of every date below `out`: `<date>.parquet`, or all in `features.duckdb`.
    """

    source: Path
    out: Path
    dates: tuple[date, ...]
