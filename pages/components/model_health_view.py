"""The head of model health: verdict with advice, five figures, and what broke."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import data, widgets, words
from pages.components import model_health_words as own
from pages.components.tile import Tile

Record = Mapping[str, Any]


def headline(advice: Record, run: Record) -> None:
    """The page in one sentence, the next step, and five figures."""
    runs, breaks, summary = data.promise_runs(), data.data_breaks(), data.drift_summary()
    rest = " ".join(filter(None, [advice["advice"], own.next_promise(runs)]))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{words.literal(own.headline(advice, runs, breaks))}**  \n{rest}", width="stretch")
        with st.popover("The rule", type="tertiary", width="content"):
            st.markdown(own.rule(advice))
    widgets.tiles(_tiles(advice, run, runs, breaks, summary))


def _tiles(advice: Record, run: Record, runs: pd.DataFrame, breaks: pd.DataFrame, summary: pd.DataFrame) -> list[Tile]:
    day = words.day(run["as_of_date"])
    over = runs[(runs["kind"] != own.REHEARSED) & (runs["state"] == own.MATURED)]
    rehearsed = runs[runs["kind"] == own.REHEARSED]
    judged = over if len(over) else rehearsed
    kept = f"{int(judged['is_kept'].astype(bool).sum())} of {len(judged)}" if len(judged) else words.MISSING
    moved = summary[summary["kind"] == own.BEHAVIOUR]
    current = int(breaks["is_current"].sum()) if len(breaks) else 0
    stale = (run["finished_at"].date() - run["data_through"].date()).days
    return [
        Tile(
            "Promises kept", kept,
            f"Promises whose horizon is over and whose churn came within what they allowed, as of {day}. "
            f"{own.PROMISE_HELP}", note="" if len(over) else "in rehearsal",
        ),
        Tile(
            "Model age", words.days(advice["age_days"]),
            f"Days of data since the newest day that version {advice['model_version']} learned from, "
            f"{words.day(advice['model_data_as_of'])}; trained again at {advice['limit_days']}.",
            note=f"limit {words.days(advice['limit_days'])}",
        ),
        Tile(
            "Customers changed", words.plural(len(moved), "feature"),
            f"Features on {day} with a PSI from 0.2 that moved farther than any two training months so far apart, with "
            f"no data break behind them. Training is due once they carry 10 % of the model's weight. {own.PSI_HELP}",
            note=f"{words.percent(moved['weight'].sum())} of the weight" if len(moved) else "",
        ),
        Tile(
            "Data breaks now", words.count(current),
            f"Source tables, kinds of rows or columns that stopped or changed at once and have not come back, as of "
            f"{day}. Their features say nothing about customers until the source is mended.",
            note=f"{words.count(len(breaks) - current)} earlier" if len(breaks) > current else "",
        ),
        Tile(
            "Data through", words.day(run["data_through"]),
            f"Day of the newest order, {words.plural(stale, 'day')} before this list was published on "
            f"{words.day(run['finished_at'])}.",
        ),
    ]  # fmt: skip


def data_breaks() -> None:
    """What broke in the sources, newest first."""
    breaks = data.data_breaks()
    if breaks.empty:
        return
    shown = pd.DataFrame(
        {
            "What": breaks["sentence"],
            "State": ["lasts" if row["is_current"] else f"over since {words.day(row['ended_on'])}"
                      for row in breaks.to_dict("records")],
            "Features that look at it": breaks["features"].map(words.count),
        }
    )  # fmt: skip
    note = "Marked violet in the heat map and left out of the advice to train: customers have not changed"
    with widgets.card("What broke in the sources", note):
        st.dataframe(shown, hide_index=True, row_height=30, height="content" if len(shown) < 8 else 280,
                     column_config={"What": st.column_config.TextColumn(width="large"),
                                    "Features that look at it": st.column_config.TextColumn(alignment="right")},
                     alt="Breaks of the sources, newest first")  # fmt: skip
