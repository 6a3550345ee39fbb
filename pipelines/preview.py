"""A dry run of a mapping over the sample of an upload: the rows as the contract will see them, and what would go wrong.

Everything happens in a database of its own in memory, which may open no file once the samples are in it, and is
interrupted after a few seconds: expressions are what a visitor wrote.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import duckdb
import pandas as pd

from pipelines import loading, rejects
from pipelines.config import Settings
from pipelines.contract import TABLES
from pipelines.errors import InputError
from pipelines.planning import plan_table
from pipelines.quoting import quoted
from pipelines.readers.raw import ROW, Raw, first_line
from pipelines.rejects import REMOVED, STAGED
from pipelines.staging import PROBLEM, stage
from pipelines.suggest_mapping import suggest, suggest_table
from pipelines.upload_draft import Draft, TableDraft, mapping_of
from pipelines.upload_look import Relation, samples
from pipelines.uploads import Upload

SHOWN_ROWS, SHOWN_REJECTS = 20, 50
_SECONDS = 20.0
_MEMORY = "1GB"


@dataclass(frozen=True)
class Preview:
    """One table's dry run over a sample: counts of rows, the first good rows, and the rejected ones with reasons."""

    table: str
    rows: int = 0
    filtered: int = 0
    rejected: int = 0
    merged: int = 0
    copies: int = 0
    loaded: int = 0
    first: pd.DataFrame = field(default_factory=pd.DataFrame)
    rejects: pd.DataFrame = field(default_factory=pd.DataFrame)
    ignored: tuple[str, ...] = ()
    problem: str = ""  # why a load would stop

    @property
    def reject_share(self) -> float:
        """Share of the rows that the filters kept."""
        kept = self.rows - self.filtered
        return self.rejected / kept if kept else 0.0


@contextmanager
def workspace(
    upload: Upload, relations: Sequence[Relation]
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, str]]]:
    """A database in memory with the samples of an upload, closed to everything else: connection, key → table."""
    con = duckdb.connect(config={"memory_limit": _MEMORY, "threads": 2})
    clock = threading.Timer(_SECONDS, con.interrupt)
    try:
        con.execute("set timezone = 'UTC'")
        con.execute("attach ':memory:' as scratch")
        tables = samples(con, upload, list(relations))
        con.execute("set python_enable_replacements = false")
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        clock.start()
        yield con, tables
    finally:
        clock.cancel()
        con.close()


def suggested(upload: Upload, relations: Sequence[Relation]) -> Draft:
    """The draft that names and values of an upload suggest."""
    with workspace(upload, relations) as (con, tables):
        return suggest(con, relations, tables)


def suggested_table(upload: Upload, relations: Sequence[Relation], name: str, key: str) -> TableDraft:
    """The suggestion for one table, read from the relation that somebody chose for it."""
    with workspace(upload, relations) as (con, tables):
        relation = next(relation for relation in relations if relation.key == key)
        return suggest_table(con, name, relation, tables[key])


def preview(upload: Upload, relations: Sequence[Relation], draft: Draft, settings: Settings) -> dict[str, Preview]:
    """Dry runs of every table of a draft: table → preview. Problems are told, not raised."""
    by_key = {relation.key: relation for relation in relations}
    with workspace(upload, relations) as (con, tables):
        con.execute("create table rejects (table_name varchar, row_number bigint, column_name varchar, value varchar, "
                    "reason varchar)")  # fmt: skip
        return {
            name: _table(con, name, table, by_key[table.relation], tables[table.relation], settings)
            for name, table in draft.tables.items()
        }


def _table(
    con: duckdb.DuckDBPyConnection, name: str, draft: TableDraft, relation: Relation, sample: str, settings: Settings
) -> Preview:
    """One dry run; what stops it is told under the file's own name."""
    try:
        return _dry_run(con, name, draft, relation, sample, settings)
    except InputError as error:
        text = str(error)
    except duckdb.InterruptException:
        text = f"The preview took more than {_SECONDS:.0f} seconds. Make the expressions simpler."
    except duckdb.Error as error:
        text = f"An expression or condition cannot be computed: {first_line(error)} Mend it."
    for scratch in (STAGED, REMOVED, "scratch.grouped", "scratch.repeated"):
        con.execute(f"drop table if exists {scratch}")
    return Preview(name, problem=text)


def _dry_run(
    con: duckdb.DuckDBPyConnection, name: str, draft: TableDraft, relation: Relation, sample: str, settings: Settings
) -> Preview:
    """Stage the sample exactly as a load stages the whole, and look at what comes of it."""
    table, mapping = TABLES[name], mapping_of(name, draft, relation)
    raw = Raw(relation.label, f"select * from {sample}", {look.name: look.native for look in relation.columns})
    attributes = settings.features.attributes if name == "customers" else ()
    plan = plan_table(con, table, raw, mapping, f"[{name}]", attributes)
    rejects.start_removed(con)
    rejects.remove_problems(con, stage(con, plan, STAGED))
    rows, filtered = rejects.count_staged(con)
    merged = 0
    if mapping.group_by_order:
        merged = rejects.group_rows(con, table, plan.columns)
    else:
        rejects.remove_duplicates(con, table, plan.columns)
    if name == "orders":
        rejects.remove_stray_orders(con, settings.ingest.gap_days, settings.ingest.max_reject_share)
    rejected = loading.store_rejects(con, name, [], is_shifted=False)
    good = f"{PROBLEM} is null and {ROW} not in (select {ROW} from {REMOVED})"
    (loaded,) = con.execute(f"select count(*) from {STAGED} where {good}").fetchall()[0]
    filled = [column.name for column in plan.columns if column.name in plan.origins]
    listed = ", ".join(map(quoted, filled))
    first = con.execute(f"select {listed} from {STAGED} where {good} order by {ROW} limit {SHOWN_ROWS}").df()
    told = con.execute(
        "select row_number, column_name, value, reason from rejects where table_name = ? order by row_number "
        f"limit {SHOWN_REJECTS}", [name],
    ).df()  # fmt: skip
    found = Preview(
        name, rows, filtered, rejected, merged, rejects.count_copies(con), loaded, first, told,
        tuple(plan.ignored),
    )  # fmt: skip
    con.execute(f"drop table {STAGED}")
    return replace(found, problem=_stops(found, settings))


def _stops(found: Preview, settings: Settings) -> str:
    """Why a load of rows like these would stop, or nothing."""
    if found.reject_share > settings.ingest.max_reject_share:
        return (
            f"{found.rejected:,} of {found.rows - found.filtered:,} rows cannot be used as they are "
            f"(allowed: {settings.ingest.max_reject_share:.0%}). The reasons stand below, row by row."
        )
    if found.table == "orders" and not found.loaded:
        return "No row is left. Look at the conditions."
    return ""


def mapped_files(draft: Draft, relations: Sequence[Relation]) -> set[str]:
    """Names of the files that a draft uses."""
    keys = {table.relation for table in draft.tables.values()}
    return {name for relation in relations if relation.key in keys for name in relation.files}
