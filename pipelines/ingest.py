"""Ingest: checks a source against the data contract and publishes it as typed tables, or stops and changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from pipelines import loading, publish, rejects
from pipelines.config import Settings
from pipelines.contract import TABLES, Table
from pipelines.errors import InputError
from pipelines.forget import drop_forgotten
from pipelines.ingest_report import IngestReport, TableReport, notes_of, write_report
from pipelines.planning import Plan, plan_table
from pipelines.progress import Progress, silent
from pipelines.quoting import sql_text
from pipelines.readers.open_table import open_table
from pipelines.readers.raw import Raw, blames_source, first_line
from pipelines.source import Source, TableSource, find_source
from pipelines.source_columns import SourceColumn, columns_of, write_columns
from pipelines.staging import stage

_UNREADABLE = (PermissionError, FileNotFoundError, IsADirectoryError)


@dataclass
class _Job:
    """What the steps of one ingest share."""

    con: DuckDBPyConnection
    home: Path
    settings: Settings
    source: Source
    scratch: Path  # prefix of this run's scratch files
    tables: dict[str, TableReport] = field(default_factory=dict)
    columns: list[SourceColumn] = field(default_factory=list)


def ingest(
    home: Path,
    source: str | Path,
    settings: Settings,
    run_id: str,
    mapping: Path | None = None,
    progress: Progress = silent,
) -> IngestReport:
    """Load a source and publish it as stage `source`; the previous one stays untouched unless all went well.

    `source` is a folder, a file or a database URL, `mapping` a mapping file (default: `mapping.toml` beside the
    files). Writes the tables of the contract that the source has, `ingest_report`, `rejects`, `source_columns` and
    `source_info`.
    Raises InputError with the table, the column and the next step when the input cannot be used.
    """
    found = find_source(source, mapping, settings.features.attributes)
    loading.clear_rejects(home)
    with publish.new_store(home, "source", run_id, settings) as con, _scratch(con, home, run_id) as prefix:
        job = _Job(con, home, settings, found, prefix)
        loading.create_rejects(con)
        names = list(found.tables)
        for index, name in enumerate(names):
            progress(f"read {name}", index / (len(names) + 1))
            _load_table(job, TABLES[name], found.tables[name])
        _require_attributes(job)
        progress("check references", len(names) / (len(names) + 1))
        report = _finish(job)
        progress("publish", 1.0)
    return report


@contextmanager
def _scratch(con: DuckDBPyConnection, home: Path, run_id: str) -> Iterator[Path]:
    """A second database for rows on their way, removed at the end; yields the prefix of further scratch files."""
    prefix = publish.store_folder(home) / f"ingest_{run_id}"
    con.execute(f"attach {sql_text(f'{prefix}.duckdb.tmp')} as scratch")
    try:
        yield prefix
    finally:
        with suppress(duckdb.Error):  # on a full disk the last write fails too, and must not hide the first error
            con.execute("detach scratch")
        for path in prefix.parent.glob(f"{prefix.name}*.tmp*"):
            path.unlink()


def _load_table(job: _Job, table: Table, origin: TableSource) -> None:
    """Read, check and load one table, or leave it out when a database does not have it."""
    try:
        staged = _stage_table(job, table, origin)
    except (duckdb.Error, *_UNREADABLE) as error:
        if not blames_source(error):
            raise
        raise InputError(
            f"{table.name} of {job.source.text} cannot be read: {first_line(error)} Check that the file is complete."
        ) from error
    if staged:
        _keep_good_rows(job, table, *staged)


def _stage_table(job: _Job, table: Table, origin: TableSource) -> tuple[Raw, Plan] | None:
    """Read one table into typed rows and set aside those that break a rule of their own; None where it is absent."""
    con = job.con
    raw = open_table(con, job.source, origin, Path(f"{job.scratch}_{table.name}"))
    if raw is None:
        return None
    attributes = job.settings.features.attributes if table.name == "customers" else ()
    plan = plan_table(con, table, raw, origin.mapping, f"{job.source.mapping_name} [{table.name}]", attributes)
    rejects.start_removed(con)
    rejects.remove_problems(con, stage(con, plan, rejects.STAGED))
    return raw, plan


def _keep_good_rows(job: _Job, table: Table, raw: Raw, plan: Plan) -> None:
    """Set aside rows that do not fit together with the others, and move what is left into the store."""
    con, limits = job.con, job.settings.ingest
    rows, filtered = rejects.count_staged(con)
    bad = raw.bad_rows(rows)
    merged = 0
    if plan.mapping.group_by_order:
        merged = rejects.group_rows(con, table, plan.columns)
    else:
        rejects.remove_duplicates(con, table, plan.columns)
    if table.name == "orders":
        rejects.remove_stray_orders(con, limits.gap_days, limits.max_reject_share)
    rejected = loading.store_rejects(con, table.name, bad, raw.skips_bad_rows)
    report = TableReport(
        table.name, True, raw.label, rows + len(bad), rows_rejected=rejected, rows_duplicate=rejects.count_copies(con),
        ignored_columns=", ".join(plan.ignored), rows_filtered=filtered, rows_merged=merged,
    )  # fmt: skip
    loading.stop_at_many_rejects(con, job.home, report, limits.max_reject_share)
    job.tables[table.name] = loading.move_to_store(con, table, plan.columns, report)
    job.columns += columns_of(plan)


def _finish(job: _Job) -> IngestReport:
    """Look across the tables and write what the store says about itself."""
    con = job.con
    forgotten = drop_forgotten(con, job.home)
    for name in job.tables:
        kept = con.execute(f'select count(*) from "{name}"').fetchall()[0][0]  # without those just left out
        job.tables[name] = replace(loading.count_orphans(con, TABLES[name], job.tables), rows_loaded=kept)
    tables = tuple(job.tables.get(name, TableReport(name)) for name in TABLES)
    report = IngestReport(
        job.source.text,
        tables,
        loading.content_hash(con, list(job.tables)),
        job.tables["orders"].last_at,
        notes_of(tables, job.source.unused, forgotten),
    )
    write_report(con, report)
    write_columns(con, job.columns)
    return report


def _require_attributes(job: _Job) -> None:
    """Refuse settings that name extra columns of customers when there are no customers."""
    attributes = job.settings.features.attributes
    if attributes and "customers" not in job.tables:
        raise InputError(
            f"The setting features.attributes names {', '.join(attributes)}, but the source has no table customers. "
            "Add it, or empty the setting."
        )
