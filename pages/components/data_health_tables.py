"""Tables of the data health page in people's words: sources, checks, rows behind a check, rejects, columns."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.components import data_health_words as own
from pages.components import words
from pages.components.data_health_words import Record

RIGHT = st.column_config.TextColumn(alignment="right", width="small")


def sources(rows: Sequence[Record]) -> None:
    """One line per table that came; a click shows its days."""
    there = own.present(rows)
    dated = [row["table_name"] if row["days"] is not None else None for row in there]
    shown = pd.DataFrame([_source(row) for row in there])
    columns = dict.fromkeys(("Rows", "Rejected"), RIGHT)
    columns["Behind"] = st.column_config.TextColumn(
        alignment="right", width="small", help="Days between the newest row of this table and the newest row of all."
    )
    columns["Missing"] = st.column_config.TextColumn(
        alignment="right", width="small", help="Days without rows that should have had some: " + own.RANGE_HELP
    )
    columns["Orphans"] = st.column_config.TextColumn(
        alignment="right", width="small",
        help="Rows that name a customer, order or product that is not in the data. They are kept.",
    )  # fmt: skip
    columns["Copies"] = st.column_config.TextColumn(
        alignment="right", width="small", help="Exact copies of another row: dropped, they count once."
    )
    columns["Left out"] = st.column_config.TextColumn(
        alignment="right", width="small", help="Rows that the mapping leaves out or puts together with others."
    )
    st.dataframe(shown, key="sources_table", hide_index=True, row_height=30, height="content", column_config=columns,
                 on_select=lambda: _chosen("sources_table", "table", dated), selection_mode="single-cell",
                 alt="Tables of the source with freshness and counts")  # fmt: skip


def _source(row: Record) -> dict[str, str | None]:
    has_dates = row["days"] is not None
    return {
        "Table": own.table(row["table_name"]),
        "State": own.STATES.get(row["state"], row["state"]),
        "Rows": words.count(row["rows_loaded"]),
        "First": words.day(row["first_at"]),
        "Newest": words.day(row["last_at"]),
        "Behind": words.days(row["freshness_days"]) if has_dates else words.MISSING,
        "Missing": words.days(row["gap_days"]) if has_dates else words.MISSING,
        "Rejected": words.count(row["rows_rejected"]),
        "Copies": words.count(row["rows_duplicate"]),
        "Orphans": words.count(row["orphans"]),
        "Left out": words.count(row["rows_filtered"] + row["rows_merged"]),
        "From": row["file"] or words.MISSING,
    }


def checks(rows: Sequence[Record]) -> None:
    """Every check with its result, what found something first; a click shows the rows behind it."""
    ordered = own.in_order(rows)
    names = [check["check_name"] for check in own.faulty(ordered)]  # these stand first
    shown = pd.DataFrame(
        {
            "Result": [own.CHECK_STATES[check["state"]] for check in ordered],
            "Check": [check["title"] for check in ordered],
            "Rows at fault": [own.check_found(check) for check in ordered],
            "Of": [own.of_what(check) for check in ordered],
        }
    )
    columns = {
        "Result": st.column_config.TextColumn(width=118),
        "Rows at fault": st.column_config.TextColumn(alignment="right", width=130),
        "Of": st.column_config.TextColumn(width=150),
    }
    st.dataframe(shown, key="checks_table", hide_index=True, row_height=30, height=min(len(shown), 8) * 30 + 38,
                 column_config=columns, on_select=lambda: _chosen("checks_table", "check", names),
                 selection_mode="single-cell", alt="Checks of the data with their results")  # fmt: skip


def _chosen(table: str, control: str, names: Sequence[str | None]) -> None:
    """A click on a line of a table chooses it in a control below, where that has it."""
    cells = st.session_state[table].selection.cells
    if cells and cells[0][0] < len(names) and names[cells[0][0]]:
        st.session_state[control] = names[cells[0][0]]


def behind(rows: pd.DataFrame) -> None:
    """The rows behind a check."""
    shown = pd.DataFrame(
        {"Row": rows["row_key"], "What was found": rows["found"].map(own.dated), "Customer": rows["customer_id"]}
    )
    if shown["Customer"].isna().all():
        shown = shown.drop(columns="Customer")
    columns = {"Row": st.column_config.TextColumn(width=180), "What was found": st.column_config.TextColumn(width=560)}
    st.dataframe(shown, hide_index=True, row_height=30, height="content" if len(shown) < 8 else 268,
                 column_config=columns, placeholder=words.MISSING, alt="Rows behind the check")  # fmt: skip


def rejects(reasons: pd.DataFrame) -> None:
    """Rejected rows by reason."""
    shown = pd.DataFrame(
        {
            "Rows": reasons["rows_rejected"].map(words.count),
            "Table": reasons["table_name"].map(own.table),
            "Column": [_column(name) for name in reasons["column_name"]],
            "Reason": reasons["why"].map(words.sentence),
            "First in row": reasons["first_row"].map(words.count),
        }
    )
    columns = {
        "Table": st.column_config.TextColumn(width=90),
        "Column": st.column_config.TextColumn(width=110),
        "Rows": st.column_config.TextColumn(alignment="right", width=60),
        "First in row": st.column_config.TextColumn(alignment="right", width=80),
    }
    st.dataframe(shown, hide_index=True, row_height=30, height="content" if len(shown) < 8 else 268,
                 column_config=columns, alt="Rejected rows by reason")  # fmt: skip


def rejected_rows(rows: pd.DataFrame) -> None:
    """Rejected rows with their values."""
    shown = pd.DataFrame(
        {
            "Table": rows["table_name"].map(own.table),
            "Row": rows["row_number"].map(words.count),
            "Column": [_column(name) for name in rows["column_name"]],
            "Value": rows["value"],
            "Reason": rows["reason"].map(words.sentence),
        }
    )
    columns = {
        "Row": RIGHT,
        "Value": st.column_config.TextColumn(width=220),
        "Reason": st.column_config.TextColumn(width=420),
    }
    st.dataframe(shown, hide_index=True, row_height=30, height="content" if len(shown) < 8 else 268,
                 column_config=columns, placeholder="empty", alt="Rejected rows with their values")  # fmt: skip


def columns(rows: pd.DataFrame) -> None:
    """Where each column of a table came from, and how full it is."""
    has_origins = rows["origin"].notna().any()
    shown = pd.DataFrame(
        {
            "Column": [f"{own.column(name)}{' *' if needed else ''}"
                       for name, needed in zip(rows["column_name"], rows["is_required"], strict=True)],
            "In your file": rows["source"] if has_origins else "",
            "How": [own.ORIGINS.get(origin, words.MISSING) for origin in rows["origin"]],
            "Filled": [words.percent(own.share(filled, total))
                       for filled, total in zip(rows["filled"], rows["looked_at"], strict=True)],
        }
    )  # fmt: skip
    if not has_origins:
        shown = shown.drop(columns=["In your file", "How"])
    st.dataframe(shown, hide_index=True, row_height=30, height=min(len(shown), 9) * 30 + 38,
                 column_config={"Filled": RIGHT}, placeholder=words.MISSING, alt="Columns of the table")  # fmt: skip


def _column(name: str | None) -> str:
    """Columns of a rejected row, several for a key."""
    return words.MISSING if words.is_missing(name) else " and ".join(own.column(part) for part in str(name).split(", "))
