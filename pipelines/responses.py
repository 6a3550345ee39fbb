"""Reading what a mail tool or a call list sends back: one row per answer, checked row by row, with words of others."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pandas as pd

from pipelines.errors import InputError
from pipelines.runs import utc_now
from workflow.schema import RESULTS

OBJECTION = "do not contact"
COLUMNS = ("row", "customer_id", "result", "responded_at", "note")
REJECT_COLUMNS = ("row", "column", "value", "reason")

# How other programs call a column and a result; compared in lower case with spaces for any other sign.
_HEADERS = {
    "customer_id": ("customer id", "customer", "customer number", "customer no", "kundennummer", "kunden nr", "kunde"),
    "result": ("result", "response", "outcome", "status", "event", "ergebnis", "antwort"),
    "responded_at": ("responded at", "response date", "event date", "date", "time", "timestamp", "datum", "zeitpunkt"),
    "note": ("note", "notes", "comment", "remark", "notiz", "bemerkung", "kommentar"),
}
_MEANT = {
    "reached": ("opened", "open", "answered", "spoke", "spoken to", "contacted", "erreicht", "geöffnet"),
    "not reached": (
        "bounced", "bounce", "hard bounce", "soft bounce", "no answer", "voicemail", "not answered", "undelivered",
        "nicht erreicht",
    ),
    "accepted": (
        "clicked", "click", "converted", "ordered", "bought", "redeemed", "yes", "interested", "angenommen", "ja",
    ),
    "refused": ("declined", "no", "not interested", "rejected", "abgelehnt", "nein"),
    "wrong reason": ("wrong", "does not apply", "falscher grund"),
    OBJECTION: (
        "unsubscribed", "unsubscribe", "opt out", "opted out", "optout", "complaint", "complained", "spam",
        "spam complaint", "objection", "blocked", "abgemeldet", "widerspruch", "nicht kontaktieren",
    ),
}  # fmt: skip
_DATES = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d")
_FORMULA_STARTS = ("'=", "'+", "'-", "'@")
Rows = Iterable[tuple[int, Sequence[str]]]


def read_responses(content: bytes, name: str, now: datetime | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers in an uploaded .csv or .xlsx file, and the rows that were refused.

    Answers: row (as a spreadsheet counts, the header is row 1), customer_id, result (a word of the workflow database),
    responded_at (UTC, empty where the file has none), note; an empty note keeps the file's own word for the result.
    Refused: row, column, value, reason. An unsubscribe is never refused for a wrong date. Raises InputError for a file
    that cannot be read or lacks customer_id or result.
    """
    header, rows = _sheet(content, name) if name.lower().endswith(".xlsx") else _lines(content, name)
    places = _places(header, name)
    latest = (now or utc_now()) + timedelta(days=1)  # a tool's clock may be ahead
    answers: list[tuple[Any, ...]] = []
    rejects: list[tuple[Any, ...]] = []
    for number, cells in rows:
        values = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
        if not any(cell.strip() for cell in cells):
            continue
        found, wrong = _answer(number, values, latest)
        (rejects if wrong else answers).append(wrong or found)
    frame = pd.DataFrame(answers, columns=list(COLUMNS))
    frame["responded_at"] = pd.to_datetime(frame["responded_at"])
    return frame, pd.DataFrame(rejects, columns=list(REJECT_COLUMNS))


def _answer(number: int, values: dict[str, str], latest: datetime) -> tuple[tuple[Any, ...], tuple[Any, ...] | None]:
    """One row as an answer, or the reason why it is none."""
    customer, said = _id(values["customer_id"]), values["result"]
    result = _RESULT.get(_plain(said))
    if not customer:
        return (), (number, "customer_id", "", "Whose answer it is does not stand there.")
    if result is None:
        told = "No result stands there." if not said else "This result is not known."
        return (), (number, "result", said, f"{told} Known are: {', '.join(RESULTS)}.")
    moment = _moment(values.get("responded_at", ""))
    if result != OBJECTION and moment is None and values.get("responded_at"):
        return (), (number, "responded_at", values["responded_at"], "Write a date as 2026-03-31 or 31.03.2026.")
    if moment is not None and moment > latest:
        if result != OBJECTION:
            return (), (number, "responded_at", values["responded_at"], "This moment lies in the future.")
        moment = None
    note = values.get("note", "") or ("" if _plain(said) == result else said)
    return (number, customer, result, moment, note), None


def _plain(words: str) -> str:
    """Words in lower case, with single spaces for any sign between them."""
    return " ".join("".join(sign if sign.isalnum() else " " for sign in words.lower()).split())


_RESULT = {_plain(word): result for result in RESULTS for word in (result, *_MEANT[result])}


def _id(value: str) -> str:
    """A customer's id without the apostrophe with which exports disarm what looks like a formula."""
    return value[1:] if value.startswith(_FORMULA_STARTS) else value


def _moment(value: str) -> datetime | None:
    """A moment in UTC without an offset; None for what is no date."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return next(filter(None, (_parsed(value, pattern) for pattern in _DATES)), None)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _parsed(value: str, pattern: str) -> datetime | None:
    """A moment written in one way."""
    try:
        return datetime.strptime(value, pattern)
    except ValueError:
        return None


def _lines(content: bytes, name: str) -> tuple[Sequence[str], Rows]:
    """Header and numbered rows of a text file, whatever separates its columns."""
    if not name.lower().endswith((".csv", ".txt", ".tsv")):
        raise InputError(f"{name}: the file must end in .csv or .xlsx.")
    if b"\0" in content:
        raise InputError(f"{name} is no text file. Save it as .csv or .xlsx and upload it again.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t|", key=first.count)
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise InputError(f"{name} cannot be read as a table: {error}. Save it anew as .csv.") from None
    return _split(rows, name)


def _sheet(content: bytes, name: str) -> tuple[Sequence[str], Rows]:
    """Header and numbered rows of the first sheet of a workbook."""
    try:
        frame = pd.read_excel(BytesIO(content), header=None, dtype=str, engine="calamine", na_filter=False)
    except Exception as error:  # the reader has errors of its own for each way in which a file can be broken
        raise InputError(f"{name} cannot be read as a workbook: {error}. Save it anew as .xlsx.") from None
    return _split([["" if pd.isna(cell) else str(cell) for cell in row] for row in frame.to_numpy()], name)


def _split(rows: Sequence[Sequence[str]], name: str) -> tuple[Sequence[str], Rows]:
    """The first row that says something, and the numbered rows after it."""
    for place, row in enumerate(rows):
        if any(cell.strip() for cell in row):
            return row, enumerate(rows[place + 1 :], start=place + 2)
    raise InputError(f"{name} is empty.")


def _places(header: Sequence[str], name: str) -> dict[str, int]:
    """Where each column stands, by its own name or one of its other names."""
    plain = [_plain(cell) for cell in header]
    places = {}
    for column, names in _HEADERS.items():
        found = [place for place, cell in enumerate(plain) if cell in (_plain(column), *names)]
        exact = [place for place in found if plain[place] == _plain(column)]
        if len(exact or found) > 1:
            both = ", ".join(header[place] for place in found)
            raise InputError(f"{name} has more than one column that may be {column}: {both}. Keep one of them.")
        if found:
            places[column] = (exact or found)[0]
    missing = [column for column in ("customer_id", "result") if column not in places]
    if missing:
        there = ", ".join(filter(None, header)) or "none"
        raise InputError(f"{name} has no column {' and no column '.join(missing)}. It has: {there}.")
    return places
