"""Colours of the pages for charts, read from `.streamlit/config.toml`, and the one Altair theme for light and dark."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

FONT = "IBM Plex Sans, Segoe UI, Helvetica Neue, sans-serif"


@dataclass(frozen=True)
class Palette:
    """The colours one mode draws with."""

    background: str
    surface: str
    text: str
    muted: str
    border: str
    primary: str
    accent: str
    categories: tuple[str, ...]


def mode() -> str:
    """`light` or `dark`, as the visitor sees the page."""
    return st.context.theme.type or "light"


def palette(name: str | None = None) -> Palette:
    """The palette of a mode, by default of the one the visitor sees."""
    section = f"theme.{name or mode()}"
    categories = tuple(st.get_option(f"{section}.chartCategoricalColors"))
    return Palette(
        background=st.get_option(f"{section}.backgroundColor"),
        surface=st.get_option(f"{section}.secondaryBackgroundColor"),
        text=st.get_option(f"{section}.textColor"),
        muted=st.get_option(f"{section}.grayTextColor"),
        border=st.get_option(f"{section}.borderColor"),
        primary=categories[0],
        accent=categories[1],
        categories=categories,
    )


def altair_config(colours: Palette) -> dict[str, Any]:
    """The Vega-Lite config that every chart carries: type scale, quiet axes, no frame."""
    axis = {
        "labelColor": colours.muted, "titleColor": colours.muted, "gridColor": colours.border,
        "domainColor": colours.border, "tickColor": colours.border, "labelFontSize": 11, "titleFontSize": 11,
        "titleFontWeight": "normal", "labelPadding": 6, "ticks": False, "domain": False,
    }  # fmt: skip
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False, "domain": True},
        "axisY": {"gridOpacity": 0.8},
        "text": {"font": FONT, "fontSize": 11.5, "color": colours.text},
        "range": {"category": list(colours.categories)},
        "bar": {"color": colours.primary},
        "line": {"color": colours.primary, "strokeWidth": 2},
        "point": {"color": colours.primary, "filled": True},
        "legend": {"labelColor": colours.text, "titleColor": colours.muted, "labelFontSize": 11},
    }
