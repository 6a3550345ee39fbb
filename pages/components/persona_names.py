"""What personas are called: the name made from the rule, or the one the team gave.

A given name is a saved segment that asks for this one persona and nothing else: everybody can then use it by name.
"""

from typing import Any

from pages.components import data, decisions


def given() -> dict[str, Any]:
    """The saved segment that names each persona; of several the first by name."""
    found: dict[str, Any] = {}
    for segment in decisions.saved_segments():
        personas = segment.definition.get("personas") or []
        if len(personas) == 1 and set(segment.definition) == {"personas"}:
            found.setdefault(personas[0], segment)
    return found


def names() -> dict[str, str]:
    """The name of every persona by its id; none where the scores have no personas."""
    if not data.has_segments():
        return {}
    made = data.personas()
    team = given()
    pairs = zip(made["persona_id"], made["name"], strict=True)
    return {persona: team[persona].name if persona in team else name for persona, name in pairs}


def rename(persona_id: str, name: str) -> bool:
    """Give a persona a name, or take the given one away with an empty one; False where it was refused."""
    known = given().get(persona_id)
    if not name:
        return decisions.remove(known) if known else False
    if known:
        return decisions.rename(known, name) is not None
    return decisions.keep_segment(name, {"personas": [persona_id]}) is not None
