"""What customers say, how the help desk answers, who waits for a call back, and what contact with support does."""

from datetime import date, timedelta

import duckdb

from models import satisfaction, support_effect
from models.wilson import wilson
from pipelines.config import Settings
from pipelines.experience_support import fill, support_into
from pipelines.progress import Progress, silent
from pipelines.settings_sections import Experience
from pipelines.warehouse import run_folder, set_variables

MOST_ROWS = 150_000  # of the adjusted comparison: more would cost memory and gain no digit that is shown
MOST_DAYS = 4
_TABLES = {
    "experience_scores": "dimension varchar, group_name varchar, month date, is_running boolean, kind varchar, "
    "source varchar, n bigint, value double, low double, high double, asked bigint, response_rate double, "
    "response_note varchar",
    "experience_service": "dimension varchar, group_name varchar, month date, is_running boolean, tickets bigint, "
    "replied bigint, solved bigint, reopened bigint, unanswered bigint, reply_median_hours double, "
    "reply_p90_hours double, resolution_median_hours double, resolution_p90_hours double, reopened_share double, "
    "reopened_low double, reopened_high double, basis varchar",
    "experience_loop": "month date, is_running boolean, detractors bigint, due bigint, closed_48h bigint, "
    "closed_share double, low double, high double, waiting bigint",
    "experience_support": "first_day date, as_of_date date, part varchar, exposed_n bigint, unexposed_n bigint, "
    "exposed_churn double, unexposed_churn double, difference double, low double, high double, ratio double, "
    "ratio_low double, ratio_high double, customers_used bigint, is_sample boolean, words varchar",
    "experience_support_strata": "dimension varchar, stratum varchar, place integer, n bigint, churned bigint, "
    "churn double, low double, high double, adjusted_difference double, adjusted_low double, adjusted_high double",
    "experience_notes": "part varchar, sentence varchar",
}
_ANSWERS_ONLY = "The table surveys holds answers alone: how many were asked is not known."
_OF_SOLVED = "Of the solved tickets opened in that time."


def experience_into(
    con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date, progress: Progress = silent
) -> None:
    """Write tables experience_scores, _service, _detractors, _loop, _support, _support_strata and _notes into `con`.

    Contract tables, facts, features and labels are read by their bare names; variable as_of_date must be set. Every
    table is there, empty where its source table is not; experience_notes says which. docs/experience.md has formulas.
    """
    progress("experience", 0.0)
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    set_variables(con, **_service(settings.experience))
    step = _days_into(con, settings, _present(con))
    set_variables(con, customer_step=step)
    parts = run_folder(con, "experience_parts", "temp table").built
    run_folder(con, "experience_marts")
    _service_into(con, as_of, _basis(settings.experience))
    _scores_into(con, as_of)
    _loop_into(con, as_of)
    if "experience_exposure" in parts:
        support_into(con, step, settings.experience)
    _notes_into(con, _present(con))
    for name in (*parts, "experience_days"):
        con.execute(f"drop table temp.{name}")


def _present(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Source tables with at least one row before as_of_date."""
    known = {name for (name,) in con.execute("select view_name from duckdb_views() where not internal").fetchall()}
    known |= {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
    moments = {"support_tickets": "opened_at", "surveys": "answered_at"}
    return {
        name
        for name, moment in moments.items()
        if name in known
        and con.execute(f"select 1 from {name} where {moment} < getvariable('as_of_date') limit 1").fetchall()
    }


def _service(chosen: Experience) -> dict[str, float | str]:
    """Variables of the help desk's hours, around the clock without any, and the topics of hidden cause."""
    since, until = chosen.hours
    days = "".join(str(day) for day in chosen.business_days)
    hidden = "".join(f"|{topic.lower()}|" for topic in chosen.hidden_causes)
    return {"service_from": since, "service_until": until, "service_days": days, "hidden_causes": hidden}


def _basis(chosen: Experience) -> str:
    """The hours in words, as pages show them."""
    if len(chosen.business_days) == 7 and not chosen.business_hours:
        return "24/7"
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return f"{chosen.business_hours or '24 h'} on {', '.join(names[day - 1] for day in sorted(chosen.business_days))}"


def _days_into(con: duckdb.DuckDBPyConnection, settings: Settings, present: set[str]) -> int:
    """Temporary table experience_days: the compared days, a horizon apart; returns: one in how many customers is used.

    Newest first, at most `MOST_DAYS`, so that no outcome is counted on two days.
    """
    con.execute("create or replace temp table experience_days (as_of_date date)")
    found: list[date] = []
    labelled = con.execute(
        "select as_of_date, eligible from snapshots where is_labelled and as_of_date <= getvariable('as_of_date')"
        " order by as_of_date desc"
    ).fetchall()
    apart, rows = timedelta(days=settings.churn.horizon_days), 0
    for day, eligible in labelled:
        if "support_tickets" in present and len(found) < MOST_DAYS and (not found or found[-1] - day >= apart):
            found.append(day)
            rows += eligible
    if found:
        con.executemany("insert into experience_days values (?)", [[day] for day in found])
    return max(1, -(-rows // MOST_ROWS))


def _is_running(month: date | None, as_of: date) -> bool:
    """Whether a month is not over on the day; groups other than months never run."""
    return month is not None and (month.year, month.month) == (as_of.year, as_of.month)


def _service_into(con: duckdb.DuckDBPyConnection, as_of: date, basis: str) -> None:
    """Table experience_service: the groups of tickets with the interval of the reopened share."""
    groups = con.execute(
        "select dimension, group_name, month, tickets, replied, solved, reopened, unanswered, reply_median_hours,"
        " reply_p90_hours, resolution_median_hours, resolution_p90_hours from experience_ticket_groups order by all"
    ).fetchall()
    rows = []
    for dimension, name, month, tickets, replied, solved, reopened, *hours in groups:
        share = reopened / solved if solved else None
        ends = wilson(share, solved) if share is not None else (None, None)
        counts = (tickets, replied, solved, reopened)
        rows.append([dimension, name, month, _is_running(month, as_of), *counts, *hours, share, *ends, basis])
    fill(con, "experience_service", rows)


def _scores_into(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Table experience_scores: CSAT, NPS and CES with interval; of stars on tickets also the share of rated ones."""
    solved = {
        (dimension, f"{name} support" if dimension == "channel" else name): (asked, rated)
        for dimension, name, asked, rated in con.execute(
            "select dimension, group_name, solved, rated from experience_ticket_groups"
        ).fetchall()
    }
    rows = []
    for dimension, name, month, kind, source, *counts in con.execute(
        "select dimension, group_name, month, kind, source, n, good, bad, total, squares"
        " from experience_answer_groups order by all"
    ).fetchall():
        found = satisfaction.figure(kind, satisfaction.Answers(*counts))
        asked, rated = solved.get((dimension, name), (0, 0)) if source == "ticket" else (None, None)
        response = (asked, rated / asked, _OF_SOLVED) if asked and rated is not None else (None, None, _ANSWERS_ONLY)
        figures = (counts[0], found.value, found.low, found.high)
        rows.append([dimension, name, month, _is_running(month, as_of), kind, source, *figures, *response])
    fill(con, "experience_scores", rows)


def _loop_into(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Table experience_loop: detractors by month of their answer, and the share closed within 48 hours of those due."""
    rows = []
    for month, detractors, due, closed, waiting in con.execute(
        "select cast(date_trunc('month', answered_at) as date) as month, count(*),"
        " count(*) filter (due_at <= getvariable('as_of_date')),"
        " count(*) filter (due_at <= getvariable('as_of_date') and coalesce(closed_at <= due_at, false)),"
        " count(*) filter (closed_at is null) from experience_callbacks group by month order by month"
    ).fetchall():
        share = closed / due if due else None
        ends = wilson(share, due) if share is not None else (None, None)
        rows.append([month, _is_running(month, as_of), detractors, due, closed, share, *ends, waiting])
    fill(con, "experience_loop", rows)


def _notes_into(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Table experience_notes: one row per part that cannot be shown, with the table that would bring it."""
    tickets, surveys = "support_tickets" in present, "surveys" in present
    is_compared = con.execute("select 1 from experience_support limit 1").fetchall()
    notes = {
        "scores": None if surveys or tickets else "CSAT, NPS and CES need the table surveys.",
        "service": None if tickets else "First reply, resolution and reopened tickets need the table support_tickets.",
        "detractors": None if surveys else "Detractors who wait for a call back need the table surveys.",
        "support": "Churn with and without support contact needs the table support_tickets."
        if not tickets
        else None
        if is_compared
        else "Churn with and without support contact needs "
        f"{support_effect.LEAST_EXPOSED} customers with a ticket and {support_effect.LEAST_UNEXPOSED} without one "
        "who ordered in the 90 days before a day whose outcome is known.",
    }
    fill(con, "experience_notes", [[part, sentence] for part, sentence in notes.items() if sentence])
