"""Charts of the pages on the sheet: the same specification, light colours and our font, as vectors of a given size."""

import json
import re
from typing import Any

import altair as alt

from report.paper import FAMILY, FONTS, Box, theme

VEGA_LITE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
_NAMES = re.compile(r'(\bid="|url\(#|xlink:href="#|(?<!:)href="#)')
ZOOM = 1.25  # charts are set for a screen: on paper they are drawn larger and shrunk, letters too
_ROOT = re.compile(r"^<svg[^>]*>")


def drawn(chart: alt.TopLevelMixin, box: Box, name: str) -> str:
    """A chart in its place; `name` keeps the names inside it apart from those of the other charts on the sheet."""
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    room = Box(0, 0, round(box.width * ZOOM), round(box.height * ZOOM))
    svg = vl_convert.vegalite_to_svg(_specification(chart, room), vl_version=VEGA_LITE, allowed_base_urls=[])
    inner = _NAMES.sub(rf"\g<1>{name}-", _ROOT.sub("", svg))
    return (
        f'<svg x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" height="{box.height:.2f}" '
        f'viewBox="0 0 {room.width} {room.height}">{inner}'
    )


def _specification(chart: alt.TopLevelMixin, box: Box) -> dict[str, Any]:
    """The chart's own specification, with what a browser would have told it: size, font and the theme's colours."""
    found: dict[str, Any] = json.loads(
        json.dumps(chart.to_dict()).replace('"currentColor"', f'"{theme()["textColor"]}"')
    )
    found |= {"width": box.width, "height": box.height, "autosize": {"type": "fit", "contains": "padding"}}
    found["background"] = "transparent"
    found["config"] = _over(_theme(), found.get("config", {}))
    return found


def _over(general: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The general settings with a chart's own laid over them, part by part."""
    both = {part: general[part] | own[part] for part in general if isinstance(own.get(part), dict)}
    return general | own | both


def _theme() -> dict[str, Any]:
    """The colours by place and of marks and grids, as Streamlit hands them to a chart from the same file."""
    light = theme()
    shades = light.get("chartSequentialColors", [light["secondaryBackgroundColor"], light["primaryColor"]])
    return {
        "font": FAMILY,
        "range": {"category": light["chartCategoricalColors"], "ramp": shades, "heatmap": shades, "ordinal": shades},
        "mark": {"color": light["chartCategoricalColors"][0]},
        "axis": {"gridColor": light["borderColor"], "domainColor": light["grayColor"]},
    }
