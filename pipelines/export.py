"""The list to act on, as a file for people and mail tools. Nobody held out or without consent is ever in it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipelines.config import load_settings
from pipelines.errors import InputError
from pipelines.quoting import FORMULA_STARTS
from pipelines.reachable import export_reasons, newest_state, scored_at

# Why somebody is not in a file, in the order in which the reasons are asked for, and how it is said with a number.
REASONS = {
    "forgotten": "forgotten",
    "control arm": "held out as control",
    "objection": "who asked not to be contacted",
    "no consent": "without consent",
    "contacted since the last scoring": "contacted since the last scoring",
    "no action": "without an action that pays and is allowed",
    "settled": "whose task is done, dropped or put off",
}
NO_CONSENTS = (
    "The shop has no consents table, so consent is unknown for everyone: check it before you contact anybody. "
    "A consents table (see data/README.md) makes this export do it."
)

WORKLIST_SQL = """
-- One row per scored customer, the suggested action that is expected to earn most first; some have none.
select
    list.customer_id,
    list.name,
    list.action,
    actions.title as action_title,
    actions.channel,
    list.expected_net,
    list.top_reason as reason,
    list.churn_risk,
    list.risk_band,
    list.expected_value,
    list.value_at_risk,
    list.segment,
    list.lifecycle_stage,
    list.days_since_last_order,
    list.days_overdue,
    list.contactable_channels,
    run_info.as_of_date,
from warehouse.customer_list as list
cross join warehouse.run_info
left join warehouse.actions on list.action = actions.action
where list.is_scored
order by list.expected_net desc nulls last, list.value_at_risk desc, list.customer_id
"""


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote and how many scored customers it left out for which reason; each counts for the first."""

    out: str
    rows: int
    left_out: dict[str, int]
    has_consents: bool

    @property
    def held_out(self) -> int:
        """Customers in a control arm."""
        return self.left_out.get("control arm", 0)

    @property
    def without_consent(self) -> int:
        """Customers who did not consent to the channel."""
        return self.left_out.get("no consent", 0)

    def lines(self) -> list[str]:
        """The report in plain lines."""
        lines = [f"Wrote {self.rows:,} customers to {self.out}.", left_out_line(self.left_out)]
        if not self.has_consents:
            lines.append(NO_CONSENTS)
        return lines

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self) | {"held_out": self.held_out, "without_consent": self.without_consent}


def left_out_line(left_out: Mapping[str, int]) -> str:
    """How many an export left out, by reason, as a sentence."""
    told = [f"{count:,} {REASONS[reason]}" for reason, count in left_out.items() if reason in REASONS]
    return f"Left out: {', '.join(told)}." if told else "Nobody was left out."


def export_worklist(home: Path, out: Path) -> ExportReport:
    """Write the list to act on, one row per customer with the suggested action, to a .csv or .xlsx file.

    Most expected net first; a shop that keeps no consents gets those without an action too, for it to ask them first.
    churn_risk is a probability, money is in the shop's currency. Who may be in it is asked anew
    (`pipelines.reachable`). Raises InputError for another ending, a missing folder, when nothing was scored yet, when
    nobody has a risk because no model can be used, or when the workflow database does not answer.
    """
    check_target(out)
    with newest_state(home, load_settings(home)) as con:
        _require_model(con)
        frame = con.execute(WORKLIST_SQL).df()
        told = export_reasons(con, home, frame, scored_at(con)).set_index("customer_id")["reason"]
        (has_consents,) = con.execute("select getvariable('has_consents')").fetchall()[0]
    reason = frame["customer_id"].map(told)
    if not has_consents:  # nobody can be offered anything before the shop has asked, so the list is whom to ask
        reason = reason.mask(reason == "no action")
    allowed = frame[reason.isna()]
    write_sheets({"Worklist": allowed}, out)
    return ExportReport(str(out), len(allowed), counted(reason), bool(has_consents))


def check_target(out: Path) -> None:
    """Raise InputError for a file that could not be written."""
    if out.suffix.lower() not in {".csv", ".xlsx"}:
        raise InputError(f"--out {out}: the file must end in .csv or .xlsx.")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: the folder {out.parent} does not exist. Create it or name another one.")


def counted(reasons: pd.Series) -> dict[str, int]:
    """How often each reason occurs, in the order of REASONS."""
    counts = reasons.value_counts()
    return {reason: int(counts[reason]) for reason in REASONS if reason in counts}


def _require_model(con: duckdb.DuckDBPyConnection) -> None:
    """Raise InputError with the published reason where there is no list to act on."""
    told = con.execute("select * from warehouse.run_info").df().iloc[0]
    if pd.isna(told["model_version"]):
        raise InputError(f"There is no list to export. {told['model_note']} {told['model_advice']}")


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before every text that a spreadsheet would run as a formula."""
    safe = frame.copy()
    for column in safe.select_dtypes(include=["object", "string"]):
        text = safe[column].astype("string")
        is_formula = text.str.startswith(FORMULA_STARTS).fillna(False)
        safe[column] = text.mask(is_formula, "'" + text)
    return safe


def write_sheets(sheets: Mapping[str, pd.DataFrame], out: Path) -> None:
    """Write beside the target and rename, so that a broken export never replaces a good one; a .csv holds the first."""
    unfinished = out.with_name(f".{out.name}.tmp{out.suffix}")
    try:
        unfinished.write_bytes(as_bytes(sheets, out.suffix.lower()))
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


def as_bytes(sheets: Mapping[str, pd.DataFrame], ending: str) -> bytes:
    """A .csv of the first sheet or an .xlsx of all; no text in it is run as a formula or becomes a link."""
    safe = {name: without_formulas(frame) for name, frame in sheets.items()}
    if ending == ".csv":
        return next(iter(safe.values())).to_csv(index=False).encode("utf-8")
    buffer = BytesIO()
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs=options) as writer:
        for name, frame in safe.items():
            frame.to_excel(writer, sheet_name=name, index=False)
            sheet = writer.sheets[name]
            sheet.freeze_panes(1, 1)
            sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
            sheet.autofit()
    return buffer.getvalue()
