"""What each run promised, kept as it was published, and beside it what came of it once the days are over.

`home/promises` holds one Parquet file per run and day (customer_id, churn_risk, expected_value and, the same in every
row, the run, its day, version and question). A file is never written again, only `forget` takes a person out of it. It
goes once its outcome is settled: the figures stay in `settled.jsonl`, which names nobody.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipelines import publish
from pipelines.queries.rows import records
from pipelines.quoting import sql_text
from pipelines.warehouse import tables

MATURED, ESTIMATED, PENDING, LOST = "matured", "estimated", "pending", "lost"
RUN, REHEARSED = "run", "rehearsed"
SETTLED_AFTER = 30  # days after the horizon in which corrections of the source still count
KEPT_WHOLE = 10  # newest promises, all of which stay; of those before, the first of a week
KEPT_SETTLED = 300
_EXPIRED = 365  # days after the horizon when a promise that cannot be judged goes

Row = dict[str, Any]


@dataclass(frozen=True)
class Promise:
    """One kept promise: who made it, about which day, and which question it answers."""

    run_id: str
    as_of_date: date
    model_version: str
    horizon_days: int
    eligibility: str
    path: Path | None = None

    @property
    def due_on(self) -> date:
        """The first day on which the horizon is over."""
        return self.as_of_date + timedelta(days=self.horizon_days)


def folder(home: Path) -> Path:
    """Where promises lie."""
    return home / "promises"


def look_after(home: Path) -> None:
    """What follows every publication: settle what is over, then keep what was promised."""
    settle(home)
    keep(home)


def keep(home: Path) -> list[str]:
    """Keep what the published warehouses promised and is not kept yet; returns the new files' names.

    Read from what was published, so that a run killed before this step loses nothing. Scores of a day that the source
    already reached beyond are no promise, and neither is the same day's list by the same version a second time.
    """
    known = {(one.as_of_date, one.model_version) for one in kept(home)}
    known |= {(date.fromisoformat(row["run"]["as_of_date"]), row["run"]["model_version"]) for row in settled(home)}
    added = []
    for path in sorted(publish.store_folder(home).glob("warehouse_*.duckdb"))[-KEPT_WHOLE:]:
        with duckdb.connect(str(path), read_only=True) as con:
            run = _run_of(con)
            if run and (run["as_of_date"], run["model_version"]) not in known:
                known.add((run["as_of_date"], run["model_version"]))
                added.append(_write(con, home, run))
    _thin(home)
    return added


def _run_of(con: duckdb.DuckDBPyConnection) -> Row | None:
    """What a warehouse says of its run, if it promised anything about days to come.

    A model that learned from days after the scored one would only repeat what it knows.
    """
    run = records(con, "select * from run_info")[0]
    advice = records(con, "select * from retrain_advice") if "retrain_advice" in tables(con) else []
    learned = advice[0]["model_data_as_of"] if advice else None
    is_ahead = run["as_of_date"] > run["data_through"].date() and (learned is None or learned <= run["as_of_date"])
    return run if run["model_version"] is not None and run["scored_customers"] and is_ahead else None


def _write(con: duckdb.DuckDBPyConnection, home: Path, run: Row) -> str:
    """Write one promise beside its place and rename it."""
    folder(home).mkdir(exist_ok=True)
    path = folder(home) / f"{run['as_of_date']}_{run['run_id']}.parquet"
    unfinished = path.with_suffix(".tmp")
    con.execute(
        f"""
        copy (
            select customer_id, cast(churn_risk as float) as churn_risk,
                cast(expected_value as float) as expected_value,
                {sql_text(run["run_id"])} as run_id, as_of_date, model_version,
                {int(run["horizon_days"])} as horizon_days, {sql_text(run["eligibility"])} as eligibility
            from customer_scores order by customer_id
        ) to {sql_text(str(unfinished))} (format parquet, compression zstd)
        """
    )
    unfinished.replace(path)
    return path.name


def kept(home: Path) -> list[Promise]:
    """Every promise whose customers are kept, oldest day first; a file that cannot be read is passed over."""
    found = []
    for path in sorted(folder(home).glob("*.parquet")):
        try:
            with duckdb.connect() as con:
                rows = con.execute(
                    "select run_id, as_of_date, model_version, horizon_days, eligibility"
                    f" from read_parquet({sql_text(str(path))}) limit 1"
                ).fetchall()
        except duckdb.Error:
            continue
        found += [Promise(run_id, day, version, horizon, kind, path) for run_id, day, version, horizon, kind in rows]
    return found


def settle(home: Path) -> int:
    """Let go of the customers of promises whose outcome the published warehouse holds for good; returns their number.

    The figures are written first: a run killed in between settles again.
    """
    with publish.open_current(home, "warehouse") as con:
        if "promise_runs" not in tables(con):
            return 0
        over = records(
            con,
            f"select * from promise_runs where kind = '{RUN}' and state = '{MATURED}'"
            f" and known_until >= due_on + {SETTLED_AFTER}",
        )
        done = [_figures(con, row) for row in over]
    rows = {(row["run"]["run_id"], row["run"]["as_of_date"]): row for row in (*settled(home), *done)}
    _write_settled(home, sorted(rows.values(), key=lambda row: str(row["run"]["as_of_date"])))
    ready = {run_id for run_id, _ in rows}
    gone = [promise for promise in kept(home) if promise.run_id in ready or _is_expired(home, promise)]
    for promise in gone:
        if promise.path:
            promise.path.unlink()
    return len(gone)


def _figures(con: duckdb.DuckDBPyConnection, run: Row) -> Row:
    """What stays of a promise: its figures, its tenths and the spread of its risks."""
    given = {"run_id": run["run_id"], "day": run["as_of_date"]}
    theirs = "where run_id = $run_id and as_of_date = $day"
    found = {
        "run": run,
        "tenths": records(con, f"select * from promise_tenths {theirs}", given),
        "deciles": records(con, f"select * from score_deciles {theirs}", given),
    }
    plain: Row = json.loads(json.dumps(found, default=str))
    return plain


def _is_expired(home: Path, promise: Promise) -> bool:
    """Whether a promise could not be judged for so long that it never will be."""
    with publish.open_current(home, "warehouse") as con:
        through = con.execute("select cast(data_through as date) from run_info").fetchall()[0][0]
    return bool(through > promise.due_on + timedelta(days=_EXPIRED))


def _write_settled(home: Path, rows: list[Row]) -> None:
    """Replace the file of settled promises by one with the newest of them."""
    if not rows:
        return
    folder(home).mkdir(exist_ok=True)
    path = folder(home) / "settled.jsonl"
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text("".join(f"{json.dumps(row)}\n" for row in rows[-KEPT_SETTLED:]), encoding="utf-8")
    unfinished.replace(path)


def settled(home: Path) -> list[Row]:
    """What became of promises whose customers are no longer kept (run, tenths, deciles); a torn line is passed over."""
    path = folder(home) / "settled.jsonl"
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def _thin(home: Path) -> None:
    """Of all but the newest promises only the first of a week stays, so that nightly runs do not fill the disk."""
    weeks: set[tuple[int, int]] = set()
    for promise in kept(home)[:-KEPT_WHOLE]:
        week = promise.as_of_date.isocalendar()[:2]
        if week in weeks and promise.path:
            promise.path.unlink()
        weeks.add(week)
