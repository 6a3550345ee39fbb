"""The row checks of the data contract, as SQL conditions with the reason a user reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.contract import SURVEY_RANGES, Column
from pipelines.expressions import Use
from pipelines.quoting import quoted, sql_text

_KINDS = {
    "number": "not a number such as 1234.56",
    "money": "not a number such as 1234.56",
    "integer": "not a whole number",
    "boolean": "not true or false (true/false, yes/no, 1/0)",
}


@dataclass(frozen=True)
class Check:
    """A condition under which a row is rejected, the column at fault, SQL for the value to show, and the reason."""

    condition: str
    column: str
    value: str
    reason: str


def converted_checks(needs: Sequence[tuple[str, Use]], converted: Sequence[str], texts: Sequence[str]) -> list[Check]:
    """Source columns that an expression uses as a number or timestamp and that hold something else.

    `needs` are (source column, use), `converted` and `texts` SQL for the value in that use and for the source's text.
    """
    reasons = {"number": _KINDS["number"], "timestamp": "not a timestamp"}
    return [
        Check(f"{value} is null and {text} is not null", name, text, reasons[use])
        for (name, use), value, text in zip(needs, converted, texts, strict=True)
    ]


def row_checks(
    columns: Sequence[Column], texts: Mapping[str, str], forms: Mapping[str, str], is_grouped: bool = False
) -> list[Check]:
    """All checks of one row, in column order: type, required, allowed values and range.

    `texts` gives SQL for the source's text of each column that the source has, `forms` says how its timestamps must
    look. Ranges of rows that are still to be summed to orders wait until then (`range_checks`).
    """
    checks: list[Check] = []
    for column in columns:
        if column.name in texts:
            checks += _type_checks(column, texts[column.name], forms)
            checks += [] if is_grouped else range_checks([column], texts)
    is_survey = {column.name for column in columns} >= {"kind", "score"}
    return checks + (_score_checks(texts["score"]) if is_survey else [])


def _type_checks(column: Column, text: str, forms: Mapping[str, str]) -> list[Check]:
    """Type, required and allowed values; `text` is SQL for what the source says."""
    name = quoted(column.name)
    checks = []
    if column.type != "text":
        reason = (
            _KINDS.get(column.type) or f"not a timestamp of the form {forms.get(column.name, '2024-12-31 23:59:59')}"
        )
        checks.append(Check(f"{name} is null and {text} is not null", column.name, text, reason))
    if column.is_required:
        checks.append(Check(f"{name} is null", column.name, text, "a required value is missing"))
    if column.allowed:
        listed = ", ".join(map(sql_text, column.allowed))
        checks.append(
            Check(f"{name} not in ({listed})", column.name, text, f"must be one of {', '.join(column.allowed)}")
        )
    return checks


def range_checks(columns: Sequence[Column], texts: Mapping[str, str]) -> list[Check]:
    """Bounds of the contract; the value shown is the source's text where `texts` has SQL for it."""
    checks = []
    for column in columns:
        name = quoted(column.name)
        shown = texts.get(column.name, f"cast({name} as varchar)")
        if column.above is not None:
            checks.append(
                Check(f"{name} <= {column.above}", column.name, shown, f"must be greater than {column.above:g}")
            )
        if column.low is not None or column.high is not None:
            low, high = column.low, column.high
            bounds = [f"{name} < {low}"] * (low is not None) + [f"{name} > {high}"] * (high is not None)
            words = f"must be {low:g} to {high:g}" if None not in (low, high) else f"must be {low:g} or more"
            checks.append(Check(" or ".join(bounds), column.name, shown, words))
    return checks


def _score_checks(text: str) -> list[Check]:
    """The range of a survey's score, which depends on its kind."""
    return [
        Check(
            f"kind = '{kind}' and score not between {low} and {high}", "score", text,
            f"a score of {kind} must be {low} to {high}",
        )
        for kind, (low, high) in SURVEY_RANGES.items()
    ]  # fmt: skip
