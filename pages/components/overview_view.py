"""The overview on its screen: tiles, charts, risks and experiments, help desk."""

from collections.abc import Sequence

import streamlit as st

from pages.components import access, overview_pictures, overview_service, words
from pages.components import overview_words as own
from pages.components.overview_pictures import Picture
from pages.components.overview_shop import Shop


def show(shop: Shop) -> None:
    """Charts in two rows, beside them what to look at and what to try, below them the help desk."""
    with st.container(key="overview", gap="small"):
        _grid(shop)
        _help_desk(shop)


def _grid(shop: Shop) -> None:
    left, right = st.columns([73, 27], gap="small")
    with left:
        _row(overview_pictures.first_row(shop), [53, 47])
        _row(overview_pictures.second_row(shop), [38, 27, 35])
    with right, st.container(border=True, height="stretch", gap="xsmall", key="overview_next"):
        found = own.risks(shop)
        _entries(own.RISKS, found, "risk")
        if shop.told and not found:
            st.markdown(f"**{own.RISKS}**")
            st.caption(own.NO_RISK)
        _entries(own.EXPERIMENTS, own.experiments(shop), "experiment")
        missing = shop.told.get("note") if shop.told else own.NOTHING_TOLD
        if missing:
            st.caption(words.literal(missing))


def _row(pictures: Sequence[Picture], widths: list[int]) -> None:
    for place, picture in zip(st.columns(widths, gap="small"), pictures, strict=True):
        with place, st.container(border=True, height="stretch", gap=None):
            _picture(picture)


def _picture(picture: Picture) -> None:
    """Finding, note with the table behind it, chart."""
    st.markdown(f"**{words.literal(picture.title)}**", help=words.literal(picture.help) or None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        if picture.note:
            st.caption(words.literal(picture.note), width="stretch")
        if picture.chart is not None:
            with st.popover("Table", type="tertiary", key=f"table_{picture.alt}"):
                st.dataframe(picture.table, hide_index=True, row_height=30, alt=picture.alt,
                             height="content" if len(picture.table) < 12 else 400)  # fmt: skip
    if picture.chart is None:
        st.caption(words.literal(picture.otherwise))
    else:
        st.altair_chart(picture.chart)  # its description is what a screen reader says


def _entries(head: str, lines: Sequence[own.Line], kind: str) -> None:
    """Up to three lines, each with the page on which it can be looked at or begun."""
    if not lines:
        return
    st.markdown(f"**{head}**")
    for place, line in enumerate(lines):
        with st.container(gap=None, key=f"overview_{kind}_{place}"):
            st.page_link(access.page(line.page), label=f"{words.literal(line.title)} →", query_params=line.address,
                         help=words.literal(line.more) or None)  # fmt: skip
            st.caption(words.literal(line.text))


def _help_desk(shop: Shop) -> None:
    """Hours and shares of the newest month that is over, in one line."""
    figures = overview_service.service(shop)
    if not figures:
        return
    with st.container(border=True, key="overview_service"):
        places = st.columns([14, *[20] * (len(figures) - 1)], gap="small", vertical_alignment="center")
        for place, tile in zip(places, figures, strict=True):
            lines = f"{tile.label} **{words.literal(tile.value)}**", f":small[{words.literal(tile.note)}]"
            place.markdown("  \n".join(lines), help=words.literal(tile.help))
