"""The mapping file: how a shop's own columns become those of the data contract, without touching the source."""

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from pipelines.contract import TABLES
from pipelines.errors import InputError

MAPPING_FILE = "mapping.toml"
GROUPABLE = ("orders", "order_lines", "products", "customers")

Mappings = dict[str, "TableMapping"]


class TableMapping(BaseModel):
    """One section of a mapping file. Every key is optional; columns not named here keep their own name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str | None = None
    query: str | None = None
    sheet: str | tuple[str, ...] = ()
    columns: dict[str, str] = {}
    expressions: dict[str, str] = {}
    where: str | None = None
    group_by_order: bool = False
    timestamp_format: str | dict[str, str] = {}
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] | None = None
    encoding: str | None = None
    delimiter: str | None = None

    @model_validator(mode="after")
    def _agree(self) -> "TableMapping":
        """Refuse two sources for one thing."""
        twice = sorted(set(self.columns) & set(self.expressions))
        if twice:
            raise ValueError(f"{', '.join(twice)} stands in columns and in expressions; keep one of them")
        if self.file and self.query:
            raise ValueError("file and query exclude each other; keep one of them")
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands are the same sign")
        return self

    @property
    def thousands_sign(self) -> str:
        """The sign between groups of three digits; a decimal comma brings the point unless something else is said."""
        if self.thousands is not None:
            return self.thousands
        return "." if self.decimal == "," else ""

    @property
    def sheets(self) -> tuple[str, ...]:
        """Names of the workbook's sheets to read, in order; empty means the first one."""
        return (self.sheet,) if isinstance(self.sheet, str) else self.sheet

    def format_of(self, column: str) -> str | None:
        """The declared timestamp format of a contract column, or None where it is to be recognised."""
        if isinstance(self.timestamp_format, str):
            return self.timestamp_format
        return self.timestamp_format.get(column)


def load_mapping(path: Path, attributes: Iterable[str] = ()) -> Mappings:
    """Read a mapping file: table name → section, in the file's order.

    `attributes` are extra columns of `customers` that may be mapped besides the contract's. Raises InputError naming
    file, section, key and what exists.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError(f"The mapping file {path} does not exist. Check the path after --mapping.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"The mapping file {path} cannot be read: {error}. Mend it and run the command again."
        ) from error
    return {name: _section(path, name, body, tuple(attributes)) for name, body in content.items()}


def _section(path: Path, name: str, body: object, attributes: tuple[str, ...]) -> TableMapping:
    """Check one section against the keys and columns that exist."""
    if name not in TABLES or not isinstance(body, dict):
        raise InputError(f"{path}: there is no table [{name}]. {_choices(name, TABLES)}")
    try:
        section = TableMapping.model_validate(body)
    except ValidationError as error:
        raise InputError(_explain(path, name, error)) from error
    known = [column.name for column in TABLES[name].columns] + (list(attributes) if name == "customers" else [])
    formats = section.timestamp_format if isinstance(section.timestamp_format, dict) else {}
    for key, columns in (
        ("columns", section.columns), ("expressions", section.expressions), ("timestamp_format", formats),
    ):  # fmt: skip
        for column in columns:
            if column not in known:
                raise InputError(f"{path} [{name}] {key}: {name} has no column {column}. {_choices(column, known)}")
    if section.group_by_order and name not in GROUPABLE:
        raise InputError(f"{path} [{name}]: group_by_order works for {' and '.join(GROUPABLE)} only. Remove it.")
    return section


def _explain(path: Path, name: str, error: ValidationError) -> str:
    """One line per wrong key."""
    lines = []
    for item in error.errors():
        key = str(item["loc"][0]) if item["loc"] else ""
        if item["type"] == "extra_forbidden":
            lines.append(f"{path} [{name}]: there is no key {key}. {_choices(key, TableMapping.model_fields)}")
        else:
            message = item["msg"].removeprefix("Value error, ")
            lines.append(f"{path} [{name}] {key}: {message}.".replace(" :", ":"))
    return "\n".join(dict.fromkeys(lines))


def _choices(wrong: str, known: Iterable[str]) -> str:
    """A guess at what was meant, and all that exists."""
    known = list(known)
    return f"{did_you_mean(wrong, known)}There are: {', '.join(known)}."


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """The nearest name as a question with a space after it, or nothing."""
    near = difflib.get_close_matches(wrong.lower(), {name.lower(): name for name in known}, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}? " if near else ""
