"""Words of the data health page: the verdict, tiles, and what a table's or check's state means."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from pages.components import words
from pages.components.tile import Tile
from pages.components.upload_words import label

Record = Mapping[str, Any]

_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
OLD = (
    "These scores were published before the program looked at its data. Run `python -m pipelines score`, then reload "
    "this page."
)
STATES = {"up to date": "✓ Up to date", "stopped": "✕ Stopped", "without dates": "– Has no dates"}
LOOK, PROBLEM, PASSED, UNKNOWN = "worth a look", "problem", "passed", "not checked"
CHECK_STATES = {PROBLEM: "✕ Problem", LOOK: "! Worth a look", PASSED: "✓ Passed", UNKNOWN: "– Not checked"}
ORDER = (PROBLEM, LOOK, PASSED, UNKNOWN)
SPANS = {"90": "3 months", "396": "13 months", "1830": "5 years"}
ORIGINS = {"same name": "same name", "renamed": "other name", "computed": "computed", "not in the source": "–"}
DAYS = {"open": "as usual", "closed": "closed weekday", "quiet": "single quiet day or holiday", "gap": "missing"}
RANGE_HELP = (
    "The band holds 99.7 of 100 ordinary days: what the same weekday brought in the four weeks before and after, "
    "widened by how much this table's days scatter. Missing: two or more open days in a row without rows, longer than "
    "this table is silent otherwise, and too many rows expected for chance. Closed weekdays are left out; single days "
    "and holidays are quiet, not missing."
)
REVENUE_HELP = (
    "Revenue of orders whose customer number stands in the customers, over the revenue of all orders that were not "
    "cancelled."
)
PERSONAL = "Values may be personal data. Delete the file when you are done; forgetting a person cannot reach it."


def table(name: str) -> str:
    """A table's name for people."""
    return words.TABLES.get(name, words.label(name))


def column(name: str) -> str:
    """A contract column for people; moments say that they are one: `Refunded on` beside `Refunded`."""
    return f"{words.label(name.removesuffix('_at'))} on" if name.endswith("_at") else label(name)


def dated(text: str) -> str:
    """A text with its dates as they are written everywhere."""
    return _DATE.sub(lambda found: words.day(date.fromisoformat(found[0])), text)


def present(sources: Sequence[Record]) -> list[Record]:
    """The tables that came."""
    return [row for row in sources if row["is_present"]]


def verdict(sources: Sequence[Record], gaps: Sequence[Record], checks: Sequence[Record]) -> str:
    """The page's finding: what stopped, what is missing, what was rejected, and how many checks found a problem."""
    there = present(sources)
    stopped = [row for row in there if row["state"] == "stopped"]
    parts = [
        f"{_listed([table(row['table_name']) for row in stopped])} stopped "
        f"{'on' if len(stopped) == 1 else 'from'} {words.day(min(row['stopped_on'] for row in stopped))}"
    ] if stopped else []  # fmt: skip
    closed = [gap for gap in gaps if not gap["is_open"]]
    if closed:
        whose = _listed(sorted({table(gap["table_name"]).lower() for gap in closed}))
        parts.append(f"{words.plural(sum(gap['days'] for gap in closed), 'day')} of {whose} are missing")
    problems = sum(check["state"] == PROBLEM for check in checks)
    others = problems - bool(stopped) - any(c["check_name"] == "missing_days" and c["state"] == PROBLEM for c in checks)
    if others > 0:
        parts.append(f"{words.plural(others, 'other check')} found a problem" if parts
                     else f"{words.plural(others, 'check')} found a problem")  # fmt: skip
    if parts:
        text = "; ".join(parts)
        return f"{text[0].upper()}{text[1:]}."
    looks = sum(check["state"] == LOOK for check in checks)
    rest = f"; {words.plural(looks, 'check')} found something worth a look" if looks else ""
    newest = max((row["newest_at"] for row in there if row["newest_at"]), default=None)
    return f"Nothing is missing: every table with dates goes on to {words.day(newest)}, without gaps{rest}."


def _listed(names: Sequence[str]) -> str:
    """Names as people list them, at most four."""
    shown = list(names) if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
    return words.listed(shown)


def tiles(sources: Sequence[Record], gaps: Sequence[Record], matched: Record, run: Record) -> list[Tile]:
    """Newest moment, rows, missing days, rejected rows, revenue of known customers."""
    there = present(sources)
    newest = max((row["newest_at"] for row in there if row["newest_at"]), default=None)
    published, loaded = words.day(run["finished_at"]), sum(row["rows_loaded"] for row in there)
    behind = max((run["finished_at"].date() - newest.date()).days, 0) if newest else None
    rejected = sum(row["rows_rejected"] for row in there)
    wanted = sum(row["rows_read"] - row["rows_filtered"] for row in there)
    days = sum(gap["days"] for gap in gaps)
    as_of = f"As of {words.day(newest)}, published {published}."
    return [
        Tile("Newest row", words.day(newest), f"The newest moment in any table that is not after the load. {as_of}",
             note=f"{words.days(behind)} before it was published"),
        Tile("Rows loaded", words.count(loaded),
             f"Rows of all tables that passed the checks of the load, without exact copies. {as_of}",
             note=words.plural(len(there), "table")),
        Tile("Missing days", words.count(days),
             f"Days of any table on which rows should have come and did not, in the last five years. {as_of}",
             note=f"in {words.plural(len(gaps), 'gap')}" if gaps else "no gap"),
        Tile("Rejected rows", words.count(rejected),
             f"Rows that broke a rule of the data contract and are in nothing that follows, of {words.count(wanted)} "
             f"rows read. {as_of}", note=f"{_fine(rejected, wanted)} of rows read"),
        _revenue(matched, as_of),
    ]  # fmt: skip


def _revenue(matched: Record, as_of: str) -> Tile:
    """Share of revenue of known customers."""
    if not matched.get("has_customers"):
        return Tile("Revenue matched", words.MISSING, f"{REVENUE_HELP} There is no table of customers. {as_of}",
                    note="no customers in the data")  # fmt: skip
    lost = matched["orders"] - matched["matched_orders"]
    return Tile(
        "Revenue matched", words.percent(share(matched["matched_revenue"], matched["revenue"])),
        f"{REVENUE_HELP} {as_of}",
        note=f"{words.plural(lost, 'order')} of {words.plural(matched['unknown_customers'], 'unknown customer')}"
        if lost else f"all {words.plural(matched['orders'], 'order')}",
    )  # fmt: skip


def share(part: float, whole: float) -> float | None:
    """A part of a whole; None of nothing."""
    return float(part) / float(whole) if whole else None


def _fine(part: float, whole: float) -> str:
    """A small share with as many digits as it needs."""
    found = share(part, whole)
    return words.rate(found) if found is None or found == 0 or found >= 0.001 else f"<{words.GAP}0.1{words.GAP}%"


def matched_lines(matched: Record) -> list[str]:
    """How order lines hang together with orders and products, as sentences."""
    if not matched.get("has_order_lines"):
        return ["There are no order lines, so products are not matched."]
    told = [f"{words.percent(share(matched['matched_lines'], matched['lines']))} of "
            f"{words.plural(matched['lines'], 'order line')} belong to an order"]  # fmt: skip
    if matched.get("has_products"):
        told.append(f"{words.percent(share(matched['lines_with_product'], matched['lines']))} to a product")
    return [" and ".join(told) + " that is known."]


def absent(sources: Sequence[Record]) -> str:
    """What the tables that did not come would bring, as a sentence each."""
    told = [f"{table(row['table_name'])} {row['brings']}" for row in sources if not row["is_present"]]
    return f"Not in the data: {'; '.join(told)}." if told else ""


def days_title(name: str, days: pd.DataFrame, gaps: Sequence[Record]) -> str:
    """The finding of the chart of days: what is missing, or that nothing is."""
    first = days["day"].min() if len(days) else None
    own = [gap for gap in gaps if gap["table_name"] == name and first is not None and gap["last_day"] >= first.date()]
    if not own:
        return f"{table(name)}: no day is missing"
    newest = own[0]
    if newest["is_open"]:
        return f"{table(name)}: no rows since {words.day(newest['first_day'])}"
    missing = words.plural(sum(gap["days"] for gap in own), "day")
    return f"{table(name)}: {missing} missing, the last ones {span(newest)}"


def span(gap: Record) -> str:
    """From when to when a gap lasts."""
    first, last = words.day(gap["first_day"]), words.day(gap["last_day"])
    return f"on {first}" if first == last else f"from {first} to {last}"


def check_found(check: Record) -> str:
    """How many rows a check found, of how many."""
    if check["state"] == UNKNOWN:
        names = [table(name).lower() for name in check["missing"].split(", ")]
        return f"needs {_listed(names)}"
    if not check["found"]:
        return f"none of {words.count(check['looked_at'])}"
    return f"{words.count(check['found'])} of {words.count(check['looked_at'])}"


def of_what(check: Record) -> str:
    """What a check looked at."""
    return words.TABLES.get(check["of_what"], check["of_what"])


def in_order(checks: Sequence[Record]) -> list[Record]:
    """Checks with what found most first."""
    return sorted(checks, key=lambda check: ORDER.index(check["state"]))


def faulty(checks: Sequence[Record]) -> list[Record]:
    """Checks that found something."""
    return [check for check in checks if check["state"] in (PROBLEM, LOOK)]


def checks_title(checks: Sequence[Record]) -> str:
    """The finding of the checks: how many passed, and how the others ended."""
    count = {state: sum(check["state"] == state for check in checks) for state in ORDER}
    ran = len(checks) - count[UNKNOWN]
    if count[PASSED] == ran:
        return f"All {words.count(ran)} checks passed"
    told = [f"{words.count(count[PROBLEM])} found a problem"] if count[PROBLEM] else []
    told += [f"{words.count(count[LOOK])} something worth a look"] if count[LOOK] else []
    return f"{words.count(count[PASSED])} of {words.count(ran)} checks passed, {', '.join(told)}"


def rejects_title(rejects: pd.DataFrame) -> str:
    """The finding of the rejected rows: the reason that most of them share."""
    if rejects.empty:
        return "No row was rejected"
    total, first = rejects["rows_rejected"].sum(), rejects.iloc[0]
    why = str(first["why"])
    if len(rejects) == 1:
        return f"{words.plural(total, 'row')} rejected: {table(first['table_name']).lower()}, {why}"
    most = words.percent(share(first["rows_rejected"], total))
    return f"{words.plural(total, 'row')} rejected, {most} of them: {table(first['table_name']).lower()}, {why}"
