"""Erase a person from everything under home; only a keyed hash stays, so that no later ingest brings them back."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines import job_files, publish, upload_forget, uploads
from pipelines.config import Settings, workflow_url
from pipelines.errors import InputError
from pipelines.person import Person, erase_from_file, parts_sql, rows_in_file
from pipelines.quoting import sql_text

_DATA_ENDINGS = {".parquet", ".csv", ".jsonl", ".xlsx"}
_OWN = {"store", "registry", "tmp", "jobs", "uploads", "runs.jsonl"}


@dataclass(frozen=True)
class ForgetReport:
    """What was erased, without naming the person."""

    rows_erased: int
    stores: list[str]
    files: list[str]
    unread_files: list[str]
    decisions_erased: int = 0
    uploads_emptied: int = 0

    def lines(self) -> list[str]:
        """The report in plain lines."""
        lines = [
            f"Erased {self.rows_erased:,} rows from {len(self.stores)} stores and {len(self.files)} files, "
            f"{self.decisions_erased:,} from the workflow database.",
            "Older runs were removed. Later ingests leave this customer out.",
        ]
        if self.uploads_emptied:
            lines.append(
                f"The files of {self.uploads_emptied:,} uploads were removed: they are copies of the shop's own."
            )
        if self.unread_files:
            lines.append(f"Their columns are not the contract's, look yourself: {', '.join(self.unread_files)}.")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self)


def forget_customer(home: Path, customer_id: str, settings: Settings, run_id: str) -> ForgetReport:
    """Erase every row of a customer under home; raises InputError when nobody of that id is there.

    Stores are rewritten whole, because a deleted row stays readable in a database file. Call under the run lock.
    """
    person = Person(customer_id, _orders_of(home, customer_id))
    files, unread = _files_naming(home, person)
    holders = {path for path in publish.store_folder(home).glob("*.duckdb") if _is_in_store(path, person)}
    decisions = _forget_decisions(home, customer_id, settings)
    if not (holders or files or decisions or upload_forget.names(home, person)):
        raise InputError(f"No customer {customer_id!r} under {home}. Check the id: it must match exactly.")
    _remember(home, customer_id)
    emptied = uploads.erase_files(home)
    stages = [stage for stage in publish.STAGES if publish.current(home, stage) in holders]
    erased = sum(_rewrite_store(home, stage, person, settings, run_id) for stage in stages)
    erased += sum(erase_from_file(path, person) for path in files)
    for stage in publish.STAGES:
        publish.prune(home, stage, keep=1)
    (home / "last_error.txt").unlink(missing_ok=True)
    job_files.erase(home, {customer_id, *person.orders})
    names = [str(path.relative_to(home)) for path in files]
    unread_names = [str(path.relative_to(home)) for path in unread]
    return ForgetReport(erased, stages, names, unread_names, decisions, len(emptied))


def _forget_decisions(home: Path, customer_id: str, settings: Settings) -> int:
    """Erase a customer from the workflow database; first, so that nothing is half done if it does not answer."""
    import workflow

    try:
        return workflow.forget(workflow_url(home, settings), customer_id)
    except workflow.WorkflowError as error:
        raise InputError(str(error)) from None


def drop_forgotten(con: duckdb.DuckDBPyConnection, home: Path) -> int:
    """Delete forgotten people from the contract tables of a source being loaded; returns the rows left out."""
    is_forgotten = forgotten_sql(home)
    if is_forgotten is None:
        return 0
    drop_forgotten_rejects(con, home)
    tables = _tables_with(con, "customer_id")
    dropped = 0
    if "order_lines" in _tables_with(con, "order_id") and "orders" in tables:
        dropped += _delete(con, "order_lines", f"order_id in (select order_id from orders where {is_forgotten})")
    return dropped + sum(_delete(con, table, is_forgotten) for table in tables)


def drop_forgotten_rejects(con: duckdb.DuckDBPyConnection, home: Path) -> int:
    """Delete rejected rows that name a forgotten person or one of their orders; returns how many."""
    if not _memory(home).exists() or "rejects" not in _tables_with(con, "reason"):
        return 0
    memory = json.loads(_memory(home).read_text(encoding="utf-8"))
    hashes, salt = ", ".join(map(sql_text, memory["hashes"])), sql_text(memory["salt"])
    hashed = f"list_transform({parts_sql('value')}, lambda part: sha256({salt} || part))"
    dropped = _delete(con, "rejects", f"list_has_any({hashed}, [{hashes}])")
    if "orders" in _tables_with(con, "customer_id"):
        theirs = f"(select list(order_id) from orders where {forgotten_sql(home)})"
        dropped += _delete(con, "rejects", f"list_has_any({parts_sql('value')}, {theirs})")
    return dropped


def forgotten_sql(home: Path) -> str | None:
    """The condition that a column customer_id names a forgotten person; None where nobody was forgotten."""
    if not _memory(home).exists():
        return None
    memory = json.loads(_memory(home).read_text(encoding="utf-8"))
    hashes = ", ".join(map(sql_text, memory["hashes"]))
    return f"sha256({sql_text(memory['salt'])} || customer_id) in ({hashes})"


def _delete(con: duckdb.DuckDBPyConnection, table: str, condition: str) -> int:
    """Delete rows and return how many."""
    return int(con.execute(f'delete from "{table}" where {condition}').fetchall()[0][0])


def _tables_with(con: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    """The connection's own tables that have a column."""
    rows = con.execute(
        "select distinct table_name from duckdb_columns()"
        " where column_name = ? and not internal and database_name = current_database() order by 1",
        [column],
    ).fetchall()
    return [row[0] for row in rows]


def _memory(home: Path) -> Path:
    """Where the keyed hashes of forgotten people lie."""
    return home / "forgotten.json"


def _remember(home: Path, customer_id: str) -> None:
    """Add a customer's keyed hash; the file is replaced atomically and readable by its owner alone."""
    path = _memory(home)
    memory: dict[str, Any] = {"salt": secrets.token_hex(16), "hashes": []}
    if path.exists():
        memory = json.loads(path.read_text(encoding="utf-8"))
    with duckdb.connect() as con:
        digest = con.execute("select sha256(? || ?)", [memory["salt"], customer_id]).fetchall()[0][0]
    memory["hashes"] = sorted({*memory["hashes"], digest})
    unfinished = path.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(memory), encoding="utf-8")
    unfinished.replace(path)


def _orders_of(home: Path, customer_id: str) -> tuple[str, ...]:
    """Order ids of a customer in the current source, to find lines that carry no customer id."""
    if publish.current(home, "source") is None:
        return ()
    with publish.open_current(home, "source") as con:
        rows = con.execute("select order_id from orders where customer_id = ?", [customer_id]).fetchall()
    return tuple(row[0] for row in rows)


def _conditions(con: duckdb.DuckDBPyConnection, person: Person) -> dict[str, str | None]:
    """Every table of the attached store `old` with the condition that finds the person's rows in it."""
    rows = con.execute(
        "select table_name, list(column_name) from duckdb_columns() where database_name = 'old' and not internal"
        " group by 1 order by 1"
    ).fetchall()
    return {table: person.rows_sql(set(columns)) for table, columns in rows}


def _count(con: duckdb.DuckDBPyConnection, table: str, condition: str) -> int:
    """Rows of a table of the attached store `old` that meet a condition."""
    return int(con.execute(f'select count(*) from old."{table}" where {condition}').fetchall()[0][0])


def _is_in_store(path: Path, person: Person) -> bool:
    """Whether a published file holds rows of the person."""
    with duckdb.connect() as con:
        publish.attach(con, path, "old")
        return any(_count(con, table, condition) for table, condition in _conditions(con, person).items() if condition)


def _rewrite_store(home: Path, stage: str, person: Person, settings: Settings, run_id: str) -> int:
    """Publish a copy of a stage's current file without the person; returns the rows left out."""
    erased = 0
    path = publish.require(home, stage)
    with publish.new_store(home, stage, run_id, settings) as con:
        publish.attach(con, path, "old")
        for table, condition in _conditions(con, person).items():
            kept = f"where ({condition}) is not true" if condition else ""
            con.execute(f'create table "{table}" as select * from old."{table}" {kept}')
            erased += _count(con, table, condition) if condition else 0
    return erased


def _files_naming(home: Path, person: Person) -> tuple[list[Path], list[Path]]:
    """Data files under home that hold rows of the person, and those whose columns say nothing about it."""
    found, unread = [], []
    for path in sorted(home.rglob("*")):
        if path.relative_to(home).parts[0] in _OWN or path.suffix.lower() not in _DATA_ENDINGS:
            continue
        rows = rows_in_file(path, person)
        if rows is None:
            unread.append(path)
        elif rows:
            found.append(path)
    return found, unread
