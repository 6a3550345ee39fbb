"""From what is published to the report: the same questions as the page's, asked of the same file."""

from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, cast

import duckdb

from pages.components import overview_shop
from pipelines import publish, queries
from pipelines.errors import InputError
from report import page
from report.files import KINDS, Kind, as_file


@dataclass(frozen=True)
class ReportWritten:
    """What the command wrote, and for which day."""

    out: str
    as_of_date: date
    bytes: int

    def lines(self) -> list[str]:
        """The outcome in plain lines."""
        return [f"Wrote the overview as of {self.as_of_date:%Y-%m-%d} to {self.out} ({self.bytes / 1000:,.0f} kB)."]

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON-able facts."""
        return asdict(self)


class _Asked:
    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def __getattr__(self, name: str) -> Any:
        return partial(getattr(queries, name), self._cursor)


def asked(cursor: duckdb.DuckDBPyConnection) -> Any:
    """The questions of `pipelines.queries`, put to one cursor: what the page's door is to the page."""
    return _Asked(cursor)


def overview(cursor: duckdb.DuckDBPyConnection, kind: Kind) -> bytes:
    """The report of the warehouse behind a cursor: the same warehouse gives the same bytes."""
    shop = overview_shop.gathered(asked(cursor))
    return as_file(page.drawn(shop), kind, page.name(shop))


def write_overview(home: Path, out: Path) -> ReportWritten:
    """Write the report to a .pdf or .png file, at once or not at all.

    Raises InputError for another ending, a folder that does not exist, an empty home or one of an older version.
    """
    kind = out.suffix.lower().removeprefix(".")
    _check(out, kind)
    with _published(home) as con:
        made = overview(con, cast(Kind, kind))
        as_of = queries.run_info(con)["as_of_date"]
    unfinished = out.with_name(f".{out.name}.tmp")
    try:
        unfinished.write_bytes(made)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return ReportWritten(str(out), as_of, len(made))


def _check(out: Path, kind: str) -> None:
    if kind not in KINDS:
        raise InputError(f"--out {out}: the file must end in .pdf or .png.")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: the folder {out.parent} does not exist. Create it or name another one.")
    if out.is_dir():
        raise InputError(f"--out {out} is a folder. Name a file in it.")


def _published(home: Path) -> duckdb.DuckDBPyConnection:
    """The published warehouse, opened for reading, if it holds what the report tells."""
    con = publish.open_current(home, "warehouse")
    if not queries.has_kpis(con):
        con.close()
        raise InputError(
            f"{home} was published before months were counted. Run `python -m pipelines score --home {home}` first."
        )
    return con
