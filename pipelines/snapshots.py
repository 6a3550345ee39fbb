"""Snapshots: the customers eligible on a date, their features as known that day, and what then happened.

One code path serves training, scoring and time travel: `snapshot_into` with another date.
"""

import calendar
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from pipelines.attributes import ATTRIBUTES_TABLE, attribute_words
from pipelines.categories import with_codes
from pipelines.config import Settings
from pipelines.quoting import quoted
from pipelines.row_by_row import merged, together_sql
from pipelines.sweep import Sweeps, sweeping
from pipelines.warehouse import SqlFile, read_folder, runnable, set_variables, tables
from pipelines.words import KEYS, SPINE, Words, problems, words_of

FEATURES = "customer_features"
LABELS = "churn_labels"
_MONTHS = {"month": 1, "quarter": 3}
_DAYS = {"day": 1, "week": 7}
_SHORT_HORIZON = 60  # days below which monthly snapshots would skip outcomes


@dataclass(frozen=True)
class Calendar:
    """The dates of a build: the newest as-of date, the labelled ones (oldest first) and how far outcomes are known."""

    newest: date
    labelled: tuple[date, ...]
    known_until: date

    @property
    def dates(self) -> tuple[date, ...]:
        """All as-of dates, oldest first."""
        return (*(day for day in self.labelled if day != self.newest), self.newest)


def months_before(day: date, months: int) -> date:
    """The same day of the month, `months` earlier, or that month's last day if it is shorter."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def labelled_dates(first_order: date, known_until: date, settings: Settings) -> tuple[date, ...]:
    """As-of dates whose horizon is over by `known_until`, counted back from the newest of them, oldest first.

    Months between snapshots would leave the outcomes between two short horizons unseen: below two months they stand
    half a horizon apart, in whole weeks, over the same span. More snapshots of the same days would teach little.
    """
    rule, horizon = settings.snapshots, settings.churn.horizon_days
    newest = known_until - timedelta(days=horizon)
    oldest = first_order + timedelta(days=rule.min_history_days)
    if rule.every == "month" and horizon < _SHORT_HORIZON:
        weeks = max(1, round(horizon / 14))
        span = (newest - months_before(newest, rule.count)).days
        days = (newest - timedelta(days=step) for step in range(0, span, 7 * weeks))
    elif rule.every in _MONTHS:
        days = (months_before(newest, step * _MONTHS[rule.every]) for step in range(rule.count))
    else:
        days = (newest - timedelta(days=step * _DAYS[rule.every]) for step in range(rule.count))
    return tuple(sorted(day for day in days if day >= oldest))


def calendar_of(con: duckdb.DuckDBPyConnection, settings: Settings, cut: date | None) -> Calendar | None:
    """Dates for the order facts in `con`; None when there is no order. With `cut` the newest as-of date is `cut`."""
    row = con.execute("select min(ordered_on), max(ordered_on) from order_facts").fetchall()[0]
    if row[0] is None:
        return None
    known_until = row[1] + timedelta(days=1)
    return Calendar(cut or known_until, labelled_dates(row[0], known_until, settings), known_until)


def set_snapshot_variables(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date) -> None:
    """Set what feature files may read with `getvariable`."""
    churn = settings.churn
    set_variables(
        con,
        as_of_date=as_of,
        horizon_days=churn.horizon_days,
        eligibility=churn.eligibility,
        active_days=churn.active_days,
        due_factor=float(churn.due_factor),
        gross_margin=float(settings.economics.gross_margin),
    )


def feature_files(
    con: duckdb.DuckDBPyConnection, folder: str | Path = "features"
) -> tuple[list[SqlFile], dict[str, list[str]]]:
    """Feature files that can run on the facts in `con`, in order, and the skipped ones with the tables they miss."""
    return runnable(read_folder(folder), tables(con))


def feature_words(con: duckdb.DuckDBPyConnection, folder: str | Path = "features") -> list[Words]:
    """Words of every feature that the facts in `con` can give, in column order."""
    files, _ = feature_files(con, folder)
    return with_codes(con, [word for file in files for word in words_of(file)] + attribute_words(con))


def _common_tables_sql(files: Sequence[SqlFile], present: set[str]) -> str:
    """The files as common table expressions, in order."""
    names = present | {file.name for file in files}
    return "with " + ",\n".join(f"{file.name} as (\n{file.select_sql(names)}\n)" for file in files)


def _feature_sql(table: str, key: str, word: Words) -> str:
    """One feature as a 4-byte float; a customer of whom the table has no row gets the words' stand-in."""
    value = f"{table}.{quoted(word.feature)}"
    if word.when_absent is not None:
        value = f"case when {table}.{key} is null then {word.when_absent} else {value} end"
    return f"cast({value} as float) as {quoted(word.feature)}"


def _key_of(columns: Collection[str]) -> str:
    """What a feature file is joined by: the customer's number where it has one, because that is quicker."""
    return "customer_number" if "customer_number" in columns else "customer_id"


def snapshot_sql(con: duckdb.DuckDBPyConnection, files: Sequence[SqlFile]) -> str:
    """One select for a whole snapshot: the spine with every feature group joined, features as 4-byte floats."""
    together = {f"features_of_{table}": (table, several) for table, several in merged(files).items()}
    place = {file.name: name for name, (_, several) in together.items() for file in several}
    columns = [f"{SPINE}.customer_id", f"{SPINE}.as_of_date"]
    keys: dict[str, str] = {}
    for file in files:
        name, key = place.get(file.name, file.name), _key_of(file.columns)
        columns += [_feature_sql(name, key, word) for word in words_of(file)]
        keys |= {name: key} if words_of(file) else {}
    attributes = attribute_words(con)
    columns += [_feature_sql(ATTRIBUTES_TABLE, KEYS[0], word) for word in attributes]
    keys |= {ATTRIBUTES_TABLE: KEYS[0]} if attributes else {}
    joins = [f"left join {name} on {SPINE}.{key} = {name}.{key}" for name, key in keys.items()]
    ctes = [_common_tables_sql([file for file in files if file.name not in place], tables(con))]
    ctes += [
        f"{name} as (\n{together_sql(several, table, keys[name])}\n)" for name, (table, several) in together.items()
    ]
    listed, joined = ",\n    ".join(columns), "\n".join(joins)
    common = ",\n".join(ctes)
    return f"{common}\nselect\n    {listed}\nfrom {SPINE}\n{joined}"


class Snapshots:
    """Feature files made ready to write the snapshots of several dates from the facts in a connection."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        settings: Settings,
        files: Sequence[SqlFile],
        sweeps: Sweeps | None = None,
    ) -> None:
        """Take the files that can run, and what adds up the facts for them."""
        self._con, self._settings, self._sweeps = con, settings, sweeps
        self._begun: date | None = None  # the date whose sums are being added up
        self._select = snapshot_sql(con, sweeps.files(files) if sweeps else files)

    def into(self, as_of: date, table: str = FEATURES, following: date | None = None) -> int:
        """Append the rows of one as-of date to `table`, made if need be; returns their number.

        One row per eligible customer. The facts may reach beyond `as_of`: nothing at or after it is looked at.
        Sums for the `following` date, where one is given, are added up meanwhile.
        """
        if self._sweeps:
            self._add_up(self._sweeps, as_of, following)
        set_snapshot_variables(self._con, self._settings, as_of)
        if table not in tables(self._con):
            # Not made by an empty select: in the same transaction the engine (2.0.0) then takes a table that grew by
            # more than a row group for empty wherever it answers from statistics.
            columns = self._con.execute(f"describe {self._select}").fetchall()
            listed = ", ".join(f"{quoted(name)} {kind}" for name, kind, *_ in columns)
            self._con.execute(f'create table "{table}" ({listed})')
        # In customer order, so that the same source gives the same table, row by row.
        ordered = f"{self._select}\norder by {SPINE}.customer_number"
        rows = self._con.execute(f'insert into "{table}" by name\n{ordered}').fetchall()
        return int(rows[0][0])

    def _add_up(self, sweeps: Sweeps, as_of: date, following: date | None) -> None:
        """Have the sums of one date at hand, and begin with the following one's."""
        if self._begun != as_of:
            set_snapshot_variables(self._con, self._settings, as_of)
            sweeps.begin()
        sweeps.show()
        if following:
            set_snapshot_variables(self._con, self._settings, following)
            sweeps.begin()
        self._begun = following


@contextmanager
def snapshots_of(con: duckdb.DuckDBPyConnection, settings: Settings, newest: date) -> Iterator[Snapshots]:
    """Yield what writes several snapshots quickly, up to the newest, for as long as the facts stay as they are."""
    set_snapshot_variables(con, settings, newest)
    files, _ = feature_files(con)
    with sweeping(con, files) as sweeps:
        yield Snapshots(con, settings, files, sweeps)


def snapshot_into(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    as_of: date,
    table: str = FEATURES,
    folder: str | Path = "features",
) -> int:
    """Append the rows of one as-of date to `table`, as `Snapshots.into` does; for one alone nothing is compiled."""
    set_snapshot_variables(con, settings, as_of)
    files, _ = feature_files(con, folder)
    return Snapshots(con, settings, files).into(as_of, table)


def value_days(settings: Settings, observed_days: int) -> int | None:
    """Days over which a stayer's margin is summed: the value horizon, or what of it is over, at least the churn's.

    None while it is not known who stayed.
    """
    wanted = settings.economics.value_horizon_days
    if wanted <= observed_days:
        return wanted
    return observed_days if observed_days >= settings.churn.horizon_days else None


def label_into(
    con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date, known_until: date, table: str = LABELS
) -> None:
    """Append labels for the rows of `customer_features` of one date; null where the horizon is not over.

    `known_until` is the first day about which nothing is known. One row per customer.
    """
    horizon_end = as_of + timedelta(days=settings.churn.horizon_days)
    days = value_days(settings, (known_until - as_of).days)
    set_snapshot_variables(con, settings, as_of)
    set_variables(
        con,
        horizon_end=horizon_end,
        value_days=days,
        value_end=as_of + timedelta(days=days) if days else None,
        discount_rate=float(settings.economics.discount_rate),
        is_labelled=horizon_end <= known_until,
    )
    files, _ = runnable(read_folder("labels"), tables(con))
    con.execute(
        f'create table if not exists "{table}" '
        "(customer_id varchar, as_of_date date, churned boolean, stayed_margin double, value_days integer)"
    )
    select = f"{_common_tables_sql(files, tables(con))}\nselect * from {LABELS}"
    con.execute(f'insert into "{table}" by name\n{select}')


def word_problems(con: duckdb.DuckDBPyConnection, folder: str | Path = "features") -> list[str]:
    """What keeps the feature files that run on `con` and their words apart; empty when all is well.

    The snapshot's variables must be set, because the files are bound (not run) to learn their columns.
    """
    files, _ = feature_files(con, folder)
    prefix = _common_tables_sql(files, tables(con))
    columns = {
        file.name: [row[0] for row in con.execute(f"describe {prefix}\nselect * from {file.name}").fetchall()]
        for file in files
    }
    keyless = [f"{name} has no customer_id" for name, found in columns.items() if _key_of(found) not in found]
    return keyless + problems(files, columns)
