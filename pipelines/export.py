"""The list to act on, as a file for people and mail tools. Nobody held out or without consent is ever in it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipelines import publish
from pipelines.errors import InputError

WORKLIST_SQL = """
-- One row per customer who may be contacted, most value at risk first; equal ones share a place among all scored.
select
    customer_id,
    name,
    top_reason as reason,
    churn_risk,
    risk_band,
    expected_value,
    value_at_risk,
    value_rank as place,
    value_ties as shares_place_with,
    segment,
    lifecycle_stage,
    days_since_last_order,
    days_overdue,
    contactable_channels,
    as_of_date,
from customer_list, (select as_of_date from run_info)
where
    is_scored
    and not is_held_out
    and coalesce(contactable_channels, 'unknown') != ''
order by value_at_risk desc, customer_id
"""
COUNTS_SQL = """
select
    count(*) filter (is_scored) as scored,
    count(*) filter (is_scored and is_held_out) as held_out,
    count(*) filter (is_scored and not is_held_out and contactable_channels = '') as without_consent,
    bool_or(contactable_channels is not null) as has_consents,
from customer_list
"""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote and whom it left out."""

    out: str
    rows: int
    held_out: int
    without_consent: int
    has_consents: bool

    def lines(self) -> list[str]:
        """The report in plain lines."""
        lines = [
            f"Wrote {self.rows:,} customers to {self.out}.",
            f"Left out: {self.held_out:,} held out as control, {self.without_consent:,} without consent.",
        ]
        if not self.has_consents:
            lines.append(
                "The shop has no consents table, so consent is unknown for everyone: check it before you contact "
                "anybody. A consents table (see data/README.md) makes this export do it."
            )
        return lines

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self)


def export_worklist(home: Path, out: Path) -> ExportReport:
    """Write the actionable list of the last scoring to a .csv or .xlsx file.

    One row per customer; churn_risk is a probability, money is in the shop's currency. Raises InputError for another
    ending, a missing folder, when nothing was scored yet, or when nobody has a risk because no model can be used.
    """
    if out.suffix.lower() not in {".csv", ".xlsx"}:
        raise InputError(f"--out {out}: the file must end in .csv or .xlsx.")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: the folder {out.parent} does not exist. Create it or name another one.")
    with publish.open_current(home, "warehouse") as con:
        _require_model(con)
        frame = con.execute(WORKLIST_SQL).df()
        counts = con.execute(COUNTS_SQL).df().iloc[0]
    _write(without_formulas(frame), out)
    has_consents = bool(counts.has_consents)
    return ExportReport(str(out), len(frame), int(counts.held_out), int(counts.without_consent), has_consents)


def _require_model(con: duckdb.DuckDBPyConnection) -> None:
    """Raise InputError with the published reason where there is no list to act on."""
    told = con.execute("select * from run_info").df().iloc[0]
    if pd.isna(told["model_version"]):
        raise InputError(f"There is no list to export. {told['model_note']} {told['model_advice']}")


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before every text that a spreadsheet would run as a formula."""
    safe = frame.copy()
    for column in safe.select_dtypes(include=["object", "string"]):
        text = safe[column].astype("string")
        is_formula = text.str.startswith(_FORMULA_STARTS).fillna(False)
        safe[column] = text.mask(is_formula, "'" + text)
    return safe


def _write(frame: pd.DataFrame, out: Path) -> None:
    """Write beside the target and rename, so that a broken export never replaces a good one."""
    unfinished = out.with_name(f".{out.name}.tmp{out.suffix}")
    try:
        if out.suffix.lower() == ".csv":
            frame.to_csv(unfinished, index=False)
        else:
            _write_xlsx(frame, unfinished)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """Write a sheet with a header that stays in sight; text is never turned into formulas or links."""
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs=options) as writer:
        frame.to_excel(writer, sheet_name="Worklist", index=False)
        sheet = writer.sheets["Worklist"]
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
        sheet.autofit()
