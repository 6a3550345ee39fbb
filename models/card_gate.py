"""The part of the model card about the gate: what was looked at, what was found, and what it means for the version."""

from collections.abc import Mapping
from typing import Any

from models.gate import blocks


def gate_section(gate: Mapping[str, Any] | None) -> list[str]:
    """Lines of Markdown; for a version made before there was a gate the sentence that says so."""
    head = ["## What the gate found", ""]
    if gate is None:
        return [*head, "This version was made before there was a gate."]
    found = gate["findings"]
    verdict = "It blocks this version." if blocks(gate) else "It lets this version pass."
    told = [f"- **{row['level']}**, {row['check']}: {row['words']}" for row in found] or ["- Nothing was found."]
    return [*head, verdict, "", *told, "", "Looked at:", "", *(f"- {line}" for line in gate["checked"])]


def own_columns(facts: Mapping[str, Any]) -> list[str]:
    """The shop's own columns among the features: they carry no time, so that the gate alone speaks for them."""
    named = [name for name in facts.get("features", ()) if name.startswith("attribute_")]
    if not named:
        return []
    labels = facts.get("feature_labels", {})
    told = ", ".join(labels.get(name, name) for name in named)
    return [f"Columns of the shop's own (setting `features.attributes`), without a time: {told}.", ""]
