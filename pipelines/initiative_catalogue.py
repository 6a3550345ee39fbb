"""What the help desk may try out: `initiatives.toml` under home, or the one shipped with the code, checked."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.actions import CHANNELS
from models.initiatives import PRIMARY, TRIGGERS
from pipelines.errors import InputError

INITIATIVES_FILE = "initiatives.toml"
SHIPPED = Path(__file__).parent / INITIATIVES_FILE

Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Said = Annotated[str, Field(min_length=1, max_length=300)]


class Initiative(BaseModel):
    """One initiative: who comes in, what is done for the treated, what stays for the others, how it is judged.

    Money is per treated customer, in the shop's currency; `most_cost` is what one may cost more than others before the
    guardrail gives way, tickets included.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=60)
    trigger: Literal[tuple(TRIGGERS)]  # type: ignore[valid-type]
    treated: Said
    usual: Said
    outcome: Literal[PRIMARY]  # type: ignore[valid-type]
    window_days: Literal[30, 60, 90]
    cost: Money
    most_cost: Money
    channel: Literal[CHANNELS] | None = None  # type: ignore[valid-type]


def load_initiatives(home: Path) -> dict[str, Initiative]:
    """The checked initiatives of a home by id, in their order; raises InputError naming file, entry and key."""
    own = home / INITIATIVES_FILE
    return read_initiatives(own if own.exists() else SHIPPED)


def read_initiatives(path: Path) -> dict[str, Initiative]:
    """The checked initiatives of a file."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Mend or remove it.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}. Mend that line and try again.") from error
    wrong = [f"{path}: {line}" for name, entry in entries.items() for line in _complaints(name, entry)]
    if not entries:
        wrong = [f"{path} has no initiative. Add one, or remove the file to use the shipped ones."]
    if wrong:
        raise InputError("\n".join([*wrong, "Correct or remove it; docs/initiatives.md explains every key."]))
    return {name: Initiative.model_validate(entry) for name, entry in entries.items()}


def _complaints(name: str, entry: Any) -> list[str]:
    """What is wrong with an entry, one line each."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        return [f"initiative {name!r}: an id has lower-case letters, digits and _, begins with a letter, 40 at most."]
    if not isinstance(entry, dict):
        return [f"{name!r} stands outside every initiative. An initiative begins with a line [its_id]."]
    try:
        Initiative.model_validate(entry)
    except ValidationError as error:
        return [_complaint(name, dict(item)) for item in error.errors()]
    return []


def _complaint(name: str, item: dict[str, Any]) -> str:
    """One line for one wrong key."""
    where = f"initiative {name}, key {'.'.join(str(part) for part in item['loc'])}"
    if item["type"] == "extra_forbidden":
        return f"{where}: there is no such key. Allowed: {', '.join(Initiative.model_fields)}."
    if item["type"] == "missing":
        return f"{where}: it is missing."
    return f"{where}: {item['msg']} (found {item['input']!r})."
