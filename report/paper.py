"""The sheet: A4 landscape, the pages' own colours and fonts, and lines of text that know how wide they are.

One unit is 1/96 inch, as on a screen; the sheet measures 297 mm × 210 mm. Everything returns SVG.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

from PIL import ImageFont

ROOT = Path(__file__).resolve().parents[1]
FONTS = ROOT / "static" / "fonts"
FAMILY = "IBM Plex Sans"
WIDTH, HEIGHT = 297 / 25.4 * 96, 210 / 25.4 * 96
REGULAR, BOLD = 400, 600
_FILES = {REGULAR: "IBMPlexSans-Regular.ttf", BOLD: "IBMPlexSans-SemiBold.ttf"}
_MEASURED_AT = 1000  # a size at which rounding to whole pixels no longer shows
LEADING = 1.32


class Box(NamedTuple):
    """A place on the sheet: its upper left corner, width and height."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, room: float) -> "Box":
        """The place within a margin on all sides."""
        return Box(self.x + room, self.y + room, self.width - 2 * room, self.height - 2 * room)

    def below(self, used: float) -> "Box":
        """What is left of the place under its uppermost part."""
        return Box(self.x, self.y + used, self.width, self.height - used)


class Ink(NamedTuple):
    """How a line is set: size, weight and colour."""

    size: float
    weight: int = REGULAR
    colour: str = ""


@cache
def theme() -> dict:
    """The light theme of the pages, from the file that Streamlit reads: on paper there is no other."""
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return config["theme"]["light"]


@cache
def _font(weight: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / _FILES[weight], _MEASURED_AT)


def width_of(text: str, ink: Ink) -> float:
    """How wide a line is."""
    return _font(ink.weight).getlength(text) * ink.size / _MEASURED_AT


def wrapped(text: str, ink: Ink, width: float, most: int, indent: float = 0.0) -> list[str]:
    """A text in at most `most` lines of a width, the first one indented; what does not fit ends in `…`."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, ink) <= width - (indent if len(lines) == 1 else 0.0):
            lines[-1] = longer
        else:
            lines.append(word)
    kept = lines[:most]
    if len(lines) > most:
        kept[-1] = f"{kept[-1]} {lines[most]}"
    return [_fitting(line, ink, width - (0.0 if place else indent)) for place, line in enumerate(kept)]


def _fitting(line: str, ink: Ink, width: float) -> str:
    """A line that fits; one word may be wider than its place."""
    return line if width_of(line, ink) <= width else _shortened(line, ink, width)


def _shortened(line: str, ink: Ink, width: float) -> str:
    while line and width_of(f"{line}…", ink) > width:
        line = line[:-1].rstrip()
    return f"{line}…"


def line(text: str, x: float, y: float, ink: Ink, anchor: str = "start") -> str:
    """One line of text; `y` is its baseline, `anchor` the side that stands at `x` (start, middle, end)."""
    colour = ink.colour or theme()["textColor"]
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{ink.size}" font-weight="{ink.weight}" fill="{colour}" '
        f'text-anchor="{anchor}" xml:space="preserve">{escape(text)}</text>'
    )


def paragraph(text: str, box: Box, ink: Ink, most: int, lead: str = "") -> tuple[str, float]:
    """A text from the upper edge of a place in at most `most` lines, after a bold lead; and the height it took."""
    bold = Ink(ink.size, BOLD)
    indent = width_of(f"{lead} ", bold) if lead else 0.0
    lines = wrapped(text, ink, box.width, most, indent)
    step = ink.size * LEADING
    drawn = [line(lead, box.x, box.y + ink.size, bold)] if lead else []
    for place, words in enumerate(lines):
        drawn.append(line(words, box.x + (0.0 if place else indent), box.y + ink.size + place * step, ink))
    return "".join(drawn), len(lines) * step


def card(box: Box) -> str:
    """A frame like the pages' cards."""
    return (
        f'<rect x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" height="{box.height:.2f}" rx="5" '
        f'fill="none" stroke="{theme()["borderColor"]}"/>'
    )


def mark(box: Box) -> str:
    """The product's name as a drawing, in a place of its own shape."""
    logo = (ROOT / "static" / "logo.svg").read_text(encoding="utf-8")
    place = f'x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" height="{box.height:.2f}"'
    return re.sub(r' width="[\d.]+" height="[\d.]+"', f" {place}", logo, count=1).strip()


def sparkline(values: Sequence[float], box: Box) -> str:
    """The course of a figure, from its lowest to its highest value; the newest is a dot. Nothing for a single one."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    room = high - low or 1.0
    points = [
        (box.x + place * box.width / (len(values) - 1), box.y + box.height * (1 - (value - low) / room))
        for place, value in enumerate(values)
    ]
    colour = theme()["chartCategoricalColors"][0]
    path = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"/>'
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="2.2" fill="{colour}"/>'
    )


def sheet(parts: Sequence[str], title: str) -> str:
    """The whole sheet as one SVG of its true size."""
    light = theme()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{WIDTH * 0.75:.4f}" height="{HEIGHT * 0.75:.4f}" viewBox="0 0 {WIDTH:.4f} {HEIGHT:.4f}" '
        f'font-family="{FAMILY}" color="{light["textColor"]}"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH:.4f}" height="{HEIGHT:.4f}" fill="#fff"/>{"".join(parts)}</svg>'
    )
