"""Words about the gate and about changes of the version in use."""

from collections.abc import Mapping
from typing import Any

from models.gate import blocks
from pages.components import words
from pages.components.trained import Line, Version

Gate = Mapping[str, Any] | None

GATE_HELP = (
    "Before a version goes live it is asked: does a feature alone tell who left (ROC AUC above 0.95)? Can an "
    "attribute, which carries no time, have been known on the days learned from? Do today's customers differ from "
    "those learned from by more than earlier days differed? Are the newest outcomes known yet? "
    "Did the churn rate jump?  \n"
    "**Blocks**: the version cannot be put to use. **Warns**: look first, then decide."
)
_LEVELS = {"block": ":material/block: **Blocks**", "warn": ":material/warning: **Warns**"}
_WHAT = {"model promoted": "Put to use", "model rolled back": "Went back", "by rule": "Put to use by the rule"}


def verdict(gate: Gate) -> str:
    """What the gate says, in a few words."""
    if gate is None:
        return ":material/help: No gate: made before there was one"
    stopped, all_of = len(blocks(gate)), len(gate["findings"])
    if stopped:
        return f":material/block: The gate blocks it, {words.plural(stopped, 'finding')}"
    if all_of:
        return f":material/warning: The gate lets it pass with {words.plural(all_of, 'warning')}"
    return ":material/check: The gate lets it pass"


def findings(gate: Gate) -> str:
    """Each finding with what it does, what blocks first."""
    rows = gate["findings"] if gate else []
    return "  \n".join(f"{_LEVELS[row['level']]}: {words.literal(row['words'])}" for row in rows)


def obstacle(version: Version) -> str:
    """Why a version can never be put to use; empty when it can."""
    if blocks(version.facts.get("gate")):
        return "The gate blocks it. Mend what it found and train anew."
    if not version.facts.get("has_signal", True):
        return "Its training found no usable signal: its risks would be noise."
    return ""


def consequences(version: Version, brings_label: bool, person: str) -> list[str]:
    """What putting a version to use means, line by line, as Markdown."""
    lines = [
        f"Version {version.number} is put to use by **{words.literal(person)}**: everybody is scored with it, and the "
        "list, the plan and the pages follow. Until that is published whole, all stays as it is.",
    ]
    if brings_label:
        days = version.facts["label"]["horizon_days"]
        lines.append(
            f"It answers another question than the settings ask now. Its own comes back with it (horizon {days} days), "
            "and the features are built anew."
        )
    warned = [row for row in (version.facts.get("gate") or {}).get("findings", ()) if row["level"] == "warn"]
    if warned:
        lines.append(f"The gate warns: {words.literal(warned[0]['words'])}")
    return lines


def row(line: Line) -> dict[str, str]:
    """One change as a row of the history."""
    return {
        "When": f"{words.day(line.at)}, {line.at:%H:%M}",
        "Who": line.by or "Training",
        "What": _WHAT.get(line.what, words.label(line.what)),
        "Version": line.version,
        "In place of": line.before or words.MISSING,
        "Note": line.note[:1].upper() + line.note[1:],
    }
