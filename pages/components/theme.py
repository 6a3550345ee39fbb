"""The one Altair theme for light and dark: sizes and shapes here, colours from `.streamlit/config.toml` in the browser.

Colours are resolved where the chart is drawn, so that a visitor who turns the lights off sees every chart follow at
once: marks take the theme's categorical colours by their place in it, words take the colour of the text around them.
"""

from typing import Any

import altair as alt

TEXT = "currentColor"
STRONGEST = 0.5  # opacity of a colour behind words: beyond it they lose their contrast of 4.5 : 1, first in dark mode
# Places in the theme's chartCategoricalColors.
BLUE, RED, GREEN, AMBER, VIOLET, GREY = range(6)

CONFIG: dict[str, Any] = {
    # To a screen reader a chart is one picture with a text; its figures stand in the table beside it, not in its marks.
    "mark": {"aria": False},
    "view": {"stroke": None},
    "axis": {
        "labelColor": TEXT,
        "labelOpacity": 0.8,
        "labelFontSize": 11,
        "labelPadding": 6,
        "labelFlush": False,
        "titleColor": TEXT,
        "titleOpacity": 0.8,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titlePadding": 6,
        "ticks": False,
    },
    "axisX": {"grid": False, "domain": True},
    "axisY": {"labelOverlap": False},
    "text": {"color": TEXT, "fontSize": 11.5},
    "rule": {"color": TEXT},
    "line": {"strokeWidth": 2},
}


def dressed(chart: alt.Chart | alt.LayerChart, height: int) -> alt.Chart | alt.LayerChart:
    """A chart in the project's theme, as wide as its place."""
    room = {"left": 2, "right": 8, "top": 6, "bottom": 2}
    return chart.properties(height=height, width="container", padding=room).configure(**CONFIG)


def hues(field: str, places: dict[str, int]) -> alt.Color:
    """Colour by a field, each of its words at its place in the theme's categorical colours, without a legend."""
    names = {place: word for word, place in places.items()}
    domain = [names.get(place, f"unused {place}") for place in range(max(places.values()) + 1)]
    return alt.Color(f"{field}:N", scale=alt.Scale(domain=domain), legend=None)
