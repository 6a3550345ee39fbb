"""The overview on one sheet: the page's own figures, sentences and pictures, placed. Nothing is worked out here."""

from collections.abc import Sequence
from itertools import accumulate

import pandas as pd

from pages.components import overview_figures, overview_pictures, overview_service, overview_words, sentences, words
from pages.components.overview_pictures import Picture
from pages.components.overview_shop import Shop
from pages.components.tile import Tile
from report import charts, paper
from report.paper import BOLD, WIDTH, Box, Ink, card, line, paragraph

EDGE, GAP, ROOM = 34.0, 9.0, 9.0
# Upper edge and height of each band of the sheet.
TILES, UPPER, LOWER, LISTS, NOTES = (111.0, 80.0), (199.0, 156.0), (363.0, 166.0), (537.0, 129.0), (674.0, 98.0)
NO_SERVICE = "No support tickets in the data: load them to see how fast the shop answers."
HEADING, ENTRY = Ink(10.5, BOLD), Ink(8.25)


def drawn(shop: Shop) -> str:
    """The sheet as SVG."""
    tiles = overview_figures.tiles(shop)
    upper, lower = overview_pictures.first_row(shop), overview_pictures.second_row(shop)
    return paper.sheet(
        [
            _head(shop),
            *map(_tile, tiles, _places(TILES, [1] * len(tiles))),
            *map(_picture, upper, _places(UPPER, [56, 44])),
            *map(_picture, lower, _places(LOWER, [40, 25, 35])),
            *_lists(shop),
            *map(_note, tiles, _places(NOTES, [1] * len(tiles))),
            _foot(shop),
        ],
        name(shop),
    )


def name(shop: Shop) -> str:
    """What the document is called: the question, and the day it answers for."""
    return f"{overview_words.TITLE} {words.day(shop.run['as_of_date'])}".replace(words.GAP, " ")


def _places(band: tuple[float, float], shares: Sequence[float]) -> list[Box]:
    """A band of the sheet cut into places side by side, by their shares of its width."""
    y, height = band
    width = WIDTH - 2 * EDGE - GAP * (len(shares) - 1)
    widths = [width * share / sum(shares) for share in shares]
    left = accumulate([EDGE, *(one + GAP for one in widths[:-1])])
    return [Box(x, y, one, height) for x, one in zip(left, widths, strict=True)]


def _grey(size: float, weight: int = paper.REGULAR) -> Ink:
    return Ink(size, weight, paper.theme()["grayTextColor"])


def _head(shop: Shop) -> str:
    """The question, what is predicted, for which day, and the one sentence."""
    right, day = WIDTH - EDGE, words.day(shop.run["as_of_date"])
    said, _ = paragraph(overview_words.sentence(shop), Box(EDGE, 72, WIDTH - 2 * EDGE, 34), Ink(12.5, BOLD), 2)
    return "".join(
        [
            line(overview_words.TITLE, EDGE, 46, Ink(20, BOLD)),
            line(sentences.prediction(shop.run), EDGE, 62, _grey(9)),
            paper.mark(Box(right - 96, 28, 96, 16)),
            line(f"as of {day}", right, 62, _grey(9), "end"),
            said,
        ]
    )


def _tile(tile: Tile, box: Box) -> str:
    """One figure as the page shows it: label, value, change and note, course of 13 months."""
    inner = box.inside(ROOM)
    value = Ink(20, BOLD)
    course = min(74.0, inner.width - paper.width_of(tile.value, value) - 12)
    trend = Box(inner.x + inner.width - course - 4, inner.y + 17, course, 24)
    return "".join(
        [
            card(box),
            line(tile.label, inner.x, inner.y + 9, _grey(9.5)),
            line(tile.value, inner.x, inner.y + 35, value),
            paper.sparkline(tile.trend, trend),
            paragraph(beneath(tile), inner.below(42), _grey(9), 2)[0],
        ]
    )


def beneath(tile: Tile) -> str:
    """The change of a figure with its direction, then what it is compared with and what else the page notes."""
    if not tile.change:
        return tile.note
    arrow = "" if tile.is_up is None else "↑ " if tile.is_up else "↓ "
    against = " " if tile.note.startswith("vs ") else " · " if tile.note else ""
    return f"{arrow}{tile.change}{against}{tile.note}"


def _picture(picture: Picture, box: Box) -> str:
    """A chart under its finding, or the sentence that says why there is none."""
    inner = box.inside(ROOM)
    title, used = paragraph(picture.title, inner, HEADING, 2)
    note, more = paragraph(picture.note, inner.below(used + 1), _grey(8.5), 2)
    rest = inner.below(used + more + 5)
    if picture.chart is None:
        return card(box) + title + note + paragraph(picture.otherwise, rest, _grey(9.5), 4)[0]
    return card(box) + title + note + charts.drawn(picture.chart, rest, f"at{box.x:.0f}-{box.y:.0f}")


def _lists(shop: Shop) -> list[str]:
    """Risks and experiments, three each, and how customers are served."""
    risks, experiments, service = _places(LISTS, [33, 38, 29])
    nothing = _missing(shop) or "None."
    return [
        _ranked(overview_words.RISKS, shop.risks, risks, overview_words.NO_RISK if shop.told else nothing),
        _ranked(overview_words.EXPERIMENTS, shop.experiments, experiments, nothing),
        _service(overview_service.service(shop), service),
    ]


def _missing(shop: Shop) -> str:
    """What cannot be told yet, as on the page."""
    note = shop.told.get("note") if shop.told else overview_words.NOTHING_TOLD
    return _plain(note or "")


def _plain(text: str) -> str:
    """A text without the signs that set a command apart on a page."""
    return text.replace("`", "")


def _ranked(heading: str, rows: pd.DataFrame, box: Box, otherwise: str) -> str:
    """Up to three lines by rank: a title and its sentence."""
    inner = box.inside(ROOM)
    parts = [card(box), line(heading, inner.x, inner.y + 9, HEADING)]
    if rows.empty:
        return "".join([*parts, paragraph(otherwise, inner.below(16), _grey(9), 3)[0]])
    entries = [
        (f"{row['rank']}  {row['title']}.", _plain(row["sentence"]))
        for row in rows.sort_values("rank").to_dict("records")
    ]
    heights = [paragraph(text, inner, ENTRY, 3, lead)[1] for lead, text in entries[:3]]
    gap, used = min(6.0, (inner.height - 15 - sum(heights)) / 2), 15.0
    for (lead, text), height in zip(entries, heights, strict=False):
        parts.append(paragraph(text, inner.below(used), ENTRY, 3, lead)[0])
        used += height + gap
    return "".join(parts)


def _service(figures: Sequence[Tile], box: Box) -> str:
    """How the help desk answered: which tickets, then a line per figure with its note."""
    inner = box.inside(ROOM)
    head = line(overview_words.HELP_DESK, inner.x, inner.y + 9, HEADING)
    if not figures:
        return card(box) + head + paragraph(NO_SERVICE, inner.below(16), _grey(9), 3)[0]
    tickets, *rows = figures
    step = (inner.height - 16) / max(len(rows), 1)
    parts = [card(box), head, line(tickets.note, inner.x + inner.width, inner.y + 9, _grey(8), "end")]
    for place, row in enumerate(rows):
        y, right = inner.y + 16 + (place + 0.7) * step, Box(inner.x + 130, 0, inner.width - 130, 0)
        parts += [line(row.label, inner.x, y, _grey(8.5)), line(row.value, inner.x + 123, y, Ink(9.5, BOLD), "end")]
        parts += [line(note, right.x, y, _grey(8)) for note in paper.wrapped(row.note, _grey(8), right.width, 1)]
    return "".join(parts)


def _note(tile: Tile, box: Box) -> str:
    """Definition, unit, n and date of a figure, under the place of its tile: paper has no help to open."""
    title, used = paragraph(tile.label, box, _grey(7.25, BOLD), 1)
    return title + paragraph(tile.help, box.below(used), _grey(7.25), 9)[0]


def _foot(shop: Shop) -> str:
    run = shop.run
    published = f"Published {words.day(run['finished_at'])}, data through {words.day(run['data_through'])}."
    text = f"{published} Money in {run['currency']}. {_missing(shop)}"
    return "".join(
        line(one, EDGE, paper.HEIGHT - 14, _grey(7.5)) for one in paper.wrapped(text, _grey(7.5), WIDTH - 2 * EDGE, 1)
    )
