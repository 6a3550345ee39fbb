"""What an ingest did, table by table, in figures and sentences."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from pipelines.contract import TABLES

# What a table that is not there would bring; each line ends a sentence that begins with the table's name.
BRINGS = {
    "order_lines": "would bring products bought, range, returns and cross-selling",
    "products": "would bring categories, margins from unit costs, up-selling and accessories",
    "customers": "would bring names, countries, sign-up dates and loyalty tiers",
    "consents": "would bring the channels on which a customer may be contacted",
    "support_tickets": "would bring service features: open tickets, reply times, reopenings and ratings",
    "surveys": "would bring NPS, CSAT and CES",
    "touchpoints": "would bring visits, baskets, e-mails, reviews and referrals",
    "contacts": "would bring past retention contacts and their measured effect",
    "subscriptions": "would bring contracts, renewals and churn by contract end",
}


@dataclass(frozen=True)
class TableReport:
    """What happened to one table. Rows read = loaded + rejected + duplicate + filtered + merged (+ forgotten)."""

    table_name: str
    is_present: bool = False
    file: str | None = None
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    orphans: int = 0
    ignored_columns: str = ""
    first_at: datetime | None = None
    last_at: datetime | None = None
    rows_filtered: int = 0  # left out by the mapping's where
    rows_merged: int = 0  # put together with another row by group_by_order

    @property
    def reject_share(self) -> float:
        """Rejected rows over rows read that the mapping wanted."""
        return self.rows_rejected / max(self.rows_read - self.rows_filtered, 1)


@dataclass(frozen=True)
class IngestReport:
    """The whole ingest: source (without password), tables in contract order, content hash, notes for the user."""

    source: str
    tables: tuple[TableReport, ...]
    data_hash: str
    data_through: datetime | None
    notes: tuple[str, ...] = ()

    def table(self, name: str) -> TableReport:
        """The report of one table."""
        return {table.table_name: table for table in self.tables}[name]

    def lines(self) -> list[str]:
        """The report in plain lines."""
        through = f", newest order {self.data_through:%Y-%m-%d}" if self.data_through else ""
        rows = [
            f"  {table.table_name:<16}{table.rows_loaded:>12,} rows  {table.rows_rejected:>8,} rejected"
            f"  {table.rows_duplicate:>8,} duplicate  {table.orphans:>8,} orphans"
            for table in self.tables
            if table.is_present
        ]
        return [f"Loaded {self.source}{through}:", *rows, *self.notes]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it: timestamps as ISO 8601."""
        content = asdict(self)
        for item in (content, *content["tables"]):
            item.update({key: value.isoformat(" ") for key, value in item.items() if isinstance(value, datetime)})
        return content


def notes_of(tables: Sequence[TableReport], unused: Sequence[str], forgotten: int = 0) -> tuple[str, ...]:
    """One sentence for each absent table, unused file and ignored column, and for the rows of forgotten people."""
    notes = [
        f"{name} {what}; the source has no such table." for name, what in BRINGS.items() if name in _absent(tables)
    ]
    if unused:
        notes.append(f"Not used: {', '.join(unused)}.")
    notes += [f"{table.table_name}: ignored {table.ignored_columns}." for table in tables if table.ignored_columns]
    if forgotten:
        notes.append(f"Left out {forgotten:,} rows of customers that were forgotten on request.")
    return tuple(notes)


def _absent(tables: Sequence[TableReport]) -> set[str]:
    """Names of the contract's tables that the source lacks."""
    return set(TABLES) - {table.table_name for table in tables if table.is_present}


def write_report(con: DuckDBPyConnection, report: IngestReport) -> None:
    """Create `ingest_report`, one row per contract table, and `source_info`, one row."""
    con.execute("""
        create table ingest_report (
            table_name varchar, is_present boolean, file varchar, rows_read bigint, rows_loaded bigint,
            rows_rejected bigint, rows_duplicate bigint, orphans bigint, ignored_columns varchar,
            first_at timestamp, last_at timestamp, rows_filtered bigint, rows_merged bigint
        )
    """)
    rows = [list(asdict(table).values()) for table in report.tables]
    con.executemany(f"insert into ingest_report values ({', '.join('?' * len(rows[0]))})", rows)
    con.execute(
        "create table source_info (source varchar, data_hash varchar, ingested_at timestamp, data_through timestamp)"
    )
    now = datetime.now(UTC).replace(tzinfo=None)
    con.execute(
        "insert into source_info values (?, ?, ?, ?)", [report.source, report.data_hash, now, report.data_through]
    )
