"""The five figures on top of the experience page: each with n, interval or spread, definition and date."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pages.components import experience_words as own
from pages.components import words
from pages.components.tile import Tile

Record = Mapping[str, Any]
MONTHS_SHOWN = 13


def tiles(
    scores: tuple[pd.DataFrame, pd.DataFrame], service: tuple[pd.DataFrame, pd.DataFrame], waiting: Record, run: Record
) -> list[Tile]:
    """CSAT, NPS, CES, first reply and call backs; `scores` and `service` are of the shop and of its months."""
    asked = [_score(name, *scores, run) for name in ("CSAT", "NPS", "CES")]
    return [*asked, _reply(*service, run), _calls(scores[0], waiting, run)]


def _score(name: str, shop: pd.DataFrame, months: pd.DataFrame, run: Record) -> Tile:
    """One kind of answers; CSAT falls back on the stars of tickets where nobody is surveyed."""
    kind, source = own.KINDS[name]
    row = _row(shop, kind, source)
    if row is None and name == "CSAT" and _row(shop, "csat", "ticket") is not None:
        return _score("CSAT of tickets", shop, months, run)
    if row is None:
        told = f"{own.MEANS[name]} Needs the table surveys; none of its answers lies in the {own.year(run)}."
        return Tile(name, words.MISSING, told, note="nobody was asked")
    of_kind = months[(months["kind"] == kind) & (months["source"] == source)]
    return Tile(
        name, own.score(kind, row["value"]) + (" of 7" if kind == "ces" else ""),
        f"{own.MEANS[name]} {_response(row)} n = {words.count(row['n'])}, {own.year(run)}.",
        note=f"n = {words.count(row['n'])} · {own.between(kind, row['low'], row['high'])}",
        trend=_trend(of_kind, "value"),
    )  # fmt: skip


def _response(row: Record) -> str:
    """How many answered of those asked, or that this is not known."""
    if words.is_missing(row["response_rate"]):
        return "How many were asked is not known: the table holds answers alone."
    return f"Rated: {words.percent(row['response_rate'])} of {words.count(row['asked'])} solved tickets."


def _row(shop: pd.DataFrame, kind: str, source: str) -> Record | None:
    found = shop[(shop["kind"] == kind) & (shop["source"] == source)].to_dict("records")
    return found[0] if found else None


def _trend(months: pd.DataFrame, column: str) -> tuple[float, ...]:
    """The months that are over, for a sparkline."""
    over = months[~months["is_running"].astype(bool)].tail(MONTHS_SHOWN)
    return tuple(float(value) for value in over[column].dropna())


def _reply(shop: pd.DataFrame, months: pd.DataFrame, run: Record) -> Tile:
    """Hours to the first reply."""
    told = "Hours from opening a ticket to the first reply, half of the tickets replied to waited less (median)."
    rows = shop.to_dict("records")
    if not rows or words.is_missing(rows[0]["reply_median_hours"]):
        return Tile("First reply", words.MISSING, f"{told} No ticket was replied to in the {own.year(run)}.",
                    note="no tickets")  # fmt: skip
    row = rows[0]
    return Tile(
        "First reply", words.hours(row["reply_median_hours"]),
        f"{told} Counted {hours_told(row['basis'])}. n = {words.count(row['replied'])} of "
        f"{words.plural(row['tickets'], 'ticket')}, {own.year(run)}.",
        note=f"9 of 10 within {words.hours(row['reply_p90_hours'])}", trend=_trend(months, "reply_median_hours"),
    )  # fmt: skip


def hours_told(basis: str) -> str:
    """Which hours count, as a clause."""
    return "around the clock" if basis == "24/7" else f"in business hours alone ({basis})"


def _calls(shop: pd.DataFrame, waiting: Record, run: Record) -> Tile:
    """Detractors who wait for a call back, and how many are overdue."""
    told = (
        "Customers whose last answer to the recommendation question, in the 90 days to "
        f"{words.day(run['as_of_date'])}, was 0 to 6 and whom nobody has talked to since, less those called since "
        "then on this page. Due 48 hours after the answer."
    )
    if not waiting["detractors"] and _row(shop, *own.KINDS["NPS"]) is None:
        return Tile("Waiting for a call", words.MISSING, f"{told} Needs the table surveys.", note="nobody was asked")
    if not waiting["detractors"]:
        return Tile("Waiting for a call", "0", told, note="no answer of 0 to 6")
    return Tile(
        "Waiting for a call", words.count(waiting["waiting"] + waiting["overdue"]),
        f"{told} n = {words.plural(waiting['detractors'], 'detractor')}.",
        note=f"{words.count(waiting['overdue'])} overdue of {words.plural(waiting['detractors'], 'detractor')}",
    )  # fmt: skip
