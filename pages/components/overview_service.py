"""The strip of the overview that says how the help desk answers, beside the same month of last year."""

from collections.abc import Callable

import pandas as pd

from pages.components import words
from pages.components.overview_shop import Record, Shop
from pages.components.overview_words import HELP_DESK
from pages.components.tile import Tile

Formatter = Callable[[float | None], str]


FIGURES: dict[str, tuple[str, Formatter, str]] = {
    "First reply": ("reply_median_hours", words.hours, "Median hours from opened to first replied."),
    "Solved in": ("resolution_median_hours", words.hours, "Median hours from opened to solved. The slow ones of the "
                  "newest month are still open."),
    "Reopened": ("reopened_share", words.percent, "Share of the tickets ever solved that were opened again."),
}  # fmt: skip


def service(shop: Shop) -> list[Tile]:
    """Which tickets, then first reply, solution, reopened, and detractors called back; none in a shop without tickets.

    They count the tickets opened in the newest month that is over.
    """
    newest, before = _months(shop.services)
    if newest is None:
        return []
    low, high = (words.percent(newest[end]) for end in ("reopened_low", "reopened_high"))
    spread = {
        "First reply": f"90 % in {words.hours(newest['reply_p90_hours'])}",
        "Solved in": f"90 % in {words.hours(newest['resolution_p90_hours'])}",
        "Reopened": f"95 %: {low} to {high}",
    }
    return [_head(newest), *(_served(newest, before, name, spread[name]) for name in FIGURES), *_called(shop, newest)]


def _head(newest: Record) -> Tile:
    hours = "around the clock" if newest["basis"] == "24/7" else f"within business hours ({newest['basis']})"
    return Tile(
        "", HELP_DESK,
        f"Tickets opened in {words.month(newest['month'])}, n = {words.plural(newest['tickets'], 'ticket')}, "
        f"{words.count(newest['unanswered'])} without a reply yet. Hours are counted {hours}.",
        note=f"{words.month(newest['month'])}, n = {words.count(newest['tickets'])}",
    )  # fmt: skip


def _months(services: pd.DataFrame) -> tuple[Record | None, Record | None]:
    """The newest month that is over, and the same month of the year before; None where there is none."""
    over = services[~services["is_running"].astype(bool)].sort_values("month") if len(services) else services
    if over.empty:
        return None, None
    newest = over.iloc[-1]
    before = over[over["month"] == newest["month"] - pd.DateOffset(years=1)]
    return newest, before.iloc[0] if len(before) else None


def _served(newest: Record, before: Record | None, label: str, spread: str) -> Tile:
    column, shown, what = FIGURES[label]
    ago = None if before is None or words.is_missing(before[column]) else f"a year ago {shown(before[column])}"
    help_text = f"{what} {words.month(newest['month'])}, n = {words.plural(newest['tickets'], 'ticket')}."
    return Tile(label, shown(newest[column]), help_text, note=" · ".join(filter(None, (spread, ago))))


def _called(shop: Shop, newest: Record) -> list[Tile]:
    """Detractors who were called back in time, of the newest month in which any was due."""
    loop = shop.loop
    due = loop[(loop["due"] > 0) & (pd.to_datetime(loop["month"]) <= newest["month"])] if len(loop) else loop
    if due.empty:
        return []
    last = due.sort_values("month").iloc[-1]
    within = f"{words.count(last['closed_48h'])} of {words.plural(last['due'], 'detractor')}"
    month = words.month(last["month"])
    help_text = f"Who answered 0 to 6 to the NPS question and was called back within 48 hours: {within}, {month}."
    note = f"of {words.plural(last['due'], 'detractor')}, {month}"
    return [Tile("Called back in 48 h", words.percent(last["closed_share"]), help_text, note=note)]
