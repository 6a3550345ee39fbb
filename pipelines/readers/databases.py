"""Databases: PostgreSQL over ADBC, SQLite and DuckDB, each streamed to the loader as Arrow batches."""

from duckdb import DuckDBPyConnection

from pipelines.readers.raw import Raw
from pipelines.source import Source, TableSource


def read_database(con: DuckDBPyConnection, source: Source, origin: TableSource, stage: str) -> Raw | None:
    """Not written yet."""
    raise NotImplementedError
