"""Which column of a file is which column of the contract: by its name, and only where its values fit."""

from dataclasses import dataclass

from pipelines.column_look import ColumnLook
from pipelines.column_names import column_nearness, plain
from pipelines.contract import TABLES, Column
from pipelines.upload_draft import Note
from pipelines.upload_look import Relation

_BARE = {"id", "nr", "no", "number", "nummer", "key", "uuid"}
_LEAST = 0.5  # score from which a name is taken
CANCELLED = ("cancel", "storn", "void", "annull", "abgebrochen", "refused")


@dataclass(frozen=True)
class Match:
    """A source column chosen for a contract column, how near its name came and how well its values fit (0–1)."""

    look: ColumnLook
    nearness: float
    fit: float

    @property
    def score(self) -> float:
        """Confidence of the choice: names decide, values confirm."""
        return round(0.75 * self.nearness + 0.25 * self.fit, 3) if self.nearness else round(0.55 * self.fit, 3)


def matches(table: str, relation: Relation) -> dict[str, Match]:
    """The best source column for each contract column of a table: contract column → match. No source column twice."""
    pairs = [
        (Match(look, near, fit), column.name)
        for look in relation.columns
        for column in TABLES[table].columns
        if (near := _nearness(table, column, look)) and (fit := value_fit(column, look))
    ]
    found: dict[str, Match] = {}
    used: set[str] = set()
    for match, name in sorted(pairs, key=lambda pair: -pair[0].score):
        if match.score >= _LEAST and name not in found and match.look.name not in used:
            found[name] = match
            used.add(match.look.name)
    return found


def by_values(relation: Relation, found: dict[str, Match]) -> dict[str, Match]:
    """What orders lack by name, told from values alone: the only date, ids that come back, the only fractions."""
    used = {match.look.name for match in found.values()}
    free = [look for look in relation.columns if look.name not in used and look.filled > 0.5]
    guesses = dict(found)
    dates = [look for look in free if look.is_date]
    ids = [look for look in free if _is_id(look) and 1.2 < look.per_value < 200 and look.distinct > 10]
    amounts = [look for look in free if look.is_number and look.whole < 0.9 and look.float_id < 0.9]
    priced = {"quantity", "unit_price"} <= set(matches("order_lines", relation))
    for name, choices in (("ordered_at", dates), ("customer_id", ids), ("revenue", [] if priced else amounts)):
        if name not in guesses and len(choices) == 1 and choices[0].name not in used:
            guesses[name] = Match(choices[0], 0.0, 0.8)
            used.add(choices[0].name)
    return guesses


def value_fit(column: Column, look: ColumnLook) -> float:
    """How well a column's values fit a contract column, 0 (not at all) to 1."""
    if not look.filled:
        return 0.0
    if column.allowed:
        return _allowed_fit(column, look)
    if column.type in ("money", "number", "integer"):
        return _number_fit(column, look)
    if column.type == "text" and column.name.endswith("_id"):
        return float(_is_id(look))
    if column.type == "text" and column.name != "email":
        return 0.3 if look.is_date or look.native == "BOOLEAN" else 1.0
    return float({"timestamp": look.is_date, "boolean": look.boolean >= 0.95}.get(column.type, look.email >= 0.8))


def _allowed_fit(column: Column, look: ColumnLook) -> float:
    """Known words; those of an order's status can be translated."""
    if look.values and {value.lower() for value in look.values} <= set(column.allowed):
        return 1.0
    return 0.5 if column.name == "status" and look.values else 0.0


def _number_fit(column: Column, look: ColumnLook) -> float:
    """Numbers; whole ones where the contract asks for them."""
    if look.is_date or look.native == "BOOLEAN":
        return 0.0
    if not look.is_number:
        return 0.4 if max(look.point, look.comma, look.marked) >= 0.8 else 0.0
    return 1.0 if column.type != "integer" or look.whole >= 0.99 else 0.3


def _is_id(look: ColumnLook) -> bool:
    """Whether values may name something: no dates, no fractions."""
    is_fraction = look.is_number and look.whole < 0.9 and look.float_id < 0.9
    return not (look.is_date or is_fraction or look.native == "BOOLEAN")


def _nearness(table: str, column: Column, look: ColumnLook) -> float:
    """How near the name comes; a bare `id` names the table's own key where its values are unique."""
    near = column_nearness(table, column.name, look.name)
    is_own = column.name == TABLES[table].key[0] and plain(look.name) in _BARE and look.per_value < 1.05
    return max(near, 0.6) if is_own else near


def note(column: Column, match: Match) -> Note:
    """The reason of a choice in words."""
    if match.nearness >= 0.9:
        why = "The name says so"
    elif match.nearness:
        why = "The name comes near"
    else:
        why = "By its values alone: please check"
    return Note(confidence=match.score, reason=f"{why}; {described(column, match.look)}")


def described(column: Column, look: ColumnLook) -> str:
    """What the values are, as far as it matters for a contract column."""
    if column.type == "timestamp":
        return dated(look)
    if column.type in ("money", "number", "integer"):
        sign = "with a currency sign" if look.marked > max(look.point, look.comma) else ""
        sign = sign or ("with a decimal comma" if writes_comma(look) else "")
        return " ".join(part for part in ("numbers such as", look.examples[0], sign) if part)
    if column.name.endswith("_id") and look.per_value >= 1.05:
        return f"{look.distinct:,} different values in the sample, {look.per_value:.1f} rows each"
    if column.name.endswith("_id"):
        return "each value stands in one row"
    return f"values such as {', '.join(look.examples[:2])}"


def dated(look: ColumnLook) -> str:
    """How a column writes its dates."""
    if look.date_choices:
        return f"dates such as {look.examples[0]}, where the day and the month cannot be told apart"
    first = "day first" if look.date_form.startswith("%d") else "month first" if look.date_form[:2] == "%m" else ""
    return f"dates such as {look.examples[0]}" + (f", {first}" if first else "")


def writes_comma(look: ColumnLook) -> bool:
    """Whether a text column needs the decimal comma to be read."""
    is_marked = look.marked >= 0.95 > max(look.point, look.comma)
    plainly = look.comma >= 0.8 and look.has_comma > 0 and look.point < look.comma
    return look.native == "VARCHAR" and (plainly or (is_marked and look.cents_comma > 0.5))
