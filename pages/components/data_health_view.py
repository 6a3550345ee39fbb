"""What came in, table by table: how fresh, which days are missing, what was rejected, and what to look at."""

from collections.abc import Sequence

import streamlit as st

from pages.components import data, data_health_charts, data_health_tables, widgets, words
from pages.components import data_health_words as own
from pages.components.data_health_words import Record
from pages.components.segment_view import behind

KEPT = 100  # rows behind a check


def section(run: Record) -> None:
    """The whole part of the page, below its head."""
    if not data.has_data_health():
        widgets.nothing_found(own.OLD)
        return
    sources, gaps, checks = data.data_sources(), data.data_gaps(), data.data_checks()
    widgets.say(own.verdict(sources, gaps, checks), is_verdict=True)
    widgets.tiles(own.tiles(sources, gaps, data.matched_revenue(), run))
    with widgets.card("What came in", f"From {run['source']} · click a table to see its days"):
        data_health_tables.sources(sources)
        if told := own.absent(sources):
            st.caption(words.literal(told))
    _days(sources, gaps)
    _checks(checks)
    left, right = st.columns([6, 5], gap="small")
    with left:
        _rejects()
    with right:
        _columns(sources)


def _days(sources: Sequence[Record], gaps: Sequence[Record]) -> None:
    """Rows per day of one table, with what is missing."""
    dated = [row["table_name"] for row in sources if row["days"] is not None]
    if not dated:
        return
    with st.container(border=True, gap="xxsmall"):
        head, choice = st.columns([5, 4], vertical_alignment="center")
        with choice, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            name = st.selectbox("Table", dated, key="table", format_func=own.table, bind="query-params",
                                label_visibility="collapsed", width=170)  # fmt: skip
            span = st.segmented_control("Days shown", list(own.SPANS), key="span", default="396", required=True,
                                        format_func=own.SPANS.get, bind="query-params",
                                        label_visibility="collapsed")  # fmt: skip
        found = data.data_days(name, int(span))
        with head:
            st.markdown(f"**{words.literal(own.days_title(name, found, gaps))}**", help=own.RANGE_HELP)
            st.caption("Rows per day; the band is the usual range, stripes are missing days, rings are quiet days")
        frame = data_health_charts.days_frame(found)
        theirs = [gap for gap in gaps if gap["table_name"] == name]
        text = f"Rows per day of {own.table(name)}, with the usual range and missing days"
        widgets.draw(data_health_charts.days_chart(frame, data_health_charts.gap_frame(theirs, frame)), text=text)
        behind(data_health_charts.told(frame), text)


def _checks(checks: Sequence[Record]) -> None:
    """All checks, and the rows behind one of them."""
    faulty = {check["check_name"]: check for check in own.faulty(own.in_order(checks))}
    note = "They never stop a run; click one to see the rows behind it"
    with widgets.card(own.checks_title(checks), note):
        data_health_tables.checks(checks)
        if not faulty:
            return
        name = st.selectbox("Rows behind", list(faulty), key="check", bind="query-params",
                            format_func=lambda name: faulty[name]["title"])  # fmt: skip
        check, rows = faulty[name], data.check_rows(name)
        st.caption(words.literal(f"{check['why']} {check['next_step']}"))
        if rows.empty:
            st.caption("No rows are kept for this check: the counts stand in the table of sources.")
            return
        data_health_tables.behind(rows)
        if check["found"] > len(rows) >= KEPT:
            st.caption(f"The {words.count(len(rows))} worst of {words.count(check['found'])}.")


def _rejects() -> None:
    """What was rejected and why, with all of it as a file."""
    reasons = data.data_rejects()
    with widgets.card(own.rejects_title(reasons), "Rows that broke the data contract; the good ones went on"):
        if reasons.empty:
            st.caption("Every row of the last load could be read.")
            return
        data_health_tables.rejects(reasons)
        with st.popover("First rows with values", type="tertiary"):
            data_health_tables.rejected_rows(data.reject_rows(None))
        st.download_button("Download all rejected rows", data.rejects_file, file_name="rejects.csv", mime="text/csv",
                           key="rejects_file", on_click="ignore", help=own.PERSONAL)  # fmt: skip


def _columns(sources: Sequence[Record]) -> None:
    """Which column of the files each column came from."""
    names = [row["table_name"] for row in own.present(sources)]
    with widgets.card("Which columns are used", "A star marks what every row must have; ignored columns stand below"):
        name = st.selectbox("Columns of", names, key="columns", format_func=own.table, bind="query-params")
        rows = data.data_columns(name)
        data_health_tables.columns(rows)
        if rows["origin"].isna().all():
            st.caption("Where they came from is known from the next load on.")
        ignored = next(row["ignored_columns"] for row in sources if row["table_name"] == name)
        told = own.matched_lines(data.matched_revenue()) if name == "order_lines" else []
        told += [f"Ignored: {ignored}."] if ignored else []
        for sentence in told:
            st.caption(words.literal(sentence))
