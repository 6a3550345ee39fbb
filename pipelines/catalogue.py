"""The catalogue of actions: `actions.toml` under home, or the one shipped with the code, checked and versioned."""

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator

from models.actions import (
    BONDS,
    CHANNELS,
    KINDS,
    NUMBERS,
    REFERRAL,
    SALES,
    WORDS,
    YES_NO,
    Acceptance,
    Action,
    Catalogue,
    Condition,
    Incentive,
)
from pipelines.errors import InputError

ACTIONS_FILE = "actions.toml"
SHIPPED = Path(__file__).parent / ACTIONS_FILE
PRIOR_STRENGTH = 20.0

Share = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Part(BaseModel):
    """A part of an entry that refuses unknown keys, so that a typing error is told and not ignored."""

    model_config = ConfigDict(extra="forbid")


class IncentivePart(Part):
    """What the customer gets."""

    share_of_order: Share = 0.0
    amount: Money = 0.0
    redemption: Share = 0.5


class AcceptancePart(Part):
    """A Beta distribution by its parameters, or by its mean and how many customers it is worth."""

    a: float | None = Field(None, gt=0, allow_inf_nan=False)
    b: float | None = Field(None, gt=0, allow_inf_nan=False)
    mean: float | None = Field(None, gt=0, lt=1)
    strength: float = Field(PRIOR_STRENGTH, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one_way(self) -> "AcceptancePart":
        has_both = self.a is not None and self.b is not None
        has_none = self.a is None and self.b is None
        if not ((has_both and self.mean is None) or (has_none and self.mean is not None)):
            raise ValueError("give either a and b, or mean with strength")
        return self

    def as_model(self) -> Acceptance:
        """The distribution's two parameters."""
        if self.mean is None:
            return Acceptance(float(self.a or 0), float(self.b or 0))
        return Acceptance(self.mean * self.strength, (1 - self.mean) * self.strength)


def _condition_fields() -> dict[str, Any]:
    """The keys of `when`: `fact_min` and `fact_max` of numbers, lists of words, yes or no."""
    keys: dict[str, Any] = {f"{fact}_{end}": (Finite | None, None) for fact in NUMBERS for end in ("min", "max")}
    for fact, words in WORDS.items():
        some_of = Annotated[tuple[Literal[words], ...], Field(min_length=1)]  # type: ignore[valid-type]
        keys[fact] = (some_of | None, None)
    return keys | dict.fromkeys(YES_NO, (bool | None, None))


class Conditions(Part):
    """What a group of conditions must be whatever its facts."""

    @model_validator(mode="after")
    def _can_hold(self) -> "Conditions":
        given = self.model_dump(exclude_none=True)
        if not given:
            raise ValueError("name at least one condition; orders_min = 0 fits everybody")
        for fact in NUMBERS:
            if given.get(f"{fact}_min", float("-inf")) > given.get(f"{fact}_max", float("inf")):
                raise ValueError(f"{fact}_min is above {fact}_max, which fits nobody")
        return self


WhenPart: type[BaseModel] = create_model("WhenPart", __base__=Conditions, **_condition_fields())


class Entry(Part):
    """One action as it stands in the file."""

    title: str = Field(min_length=1, max_length=60)
    kind: Literal[KINDS]  # type: ignore[valid-type]
    bond: Literal[BONDS]  # type: ignore[valid-type]
    channel: Literal[CHANNELS]  # type: ignore[valid-type]
    when: Annotated[list[WhenPart], Field(min_length=1)]
    contact_cost: Money
    agent_minutes: Money = 0.0
    cooldown_days: int = Field(30, ge=0, le=3650)
    needs_consent: bool = True
    incentive: IncentivePart = IncentivePart()
    acceptance: AcceptancePart = AcceptancePart(a=6, b=14)
    gain: float | None = Field(None, gt=0, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _a_list(cls, given: Any) -> Any:
        """One group of conditions is a list of one, so that messages name its keys alone."""
        if isinstance(given, dict) and isinstance(given.get("when"), dict):
            return given | {"when": [given["when"]]}
        return given

    @model_validator(mode="after")
    def _sound(self) -> "Entry":
        if (self.kind in SALES) != (self.gain is not None):
            need = "needs" if self.kind in SALES else "takes no"
            raise ValueError(f"an action of kind {self.kind} {need} gain, the share of an order's margin that it sells")
        if self.kind == REFERRAL and (self.incentive.share_of_order or self.incentive.amount):
            raise ValueError("an action of kind referral gives no incentive: advocates are asked, never paid")
        return self


def catalogue_file(home: Path) -> Path:
    """The file that holds: the home's own, else the shipped one."""
    own = home / ACTIONS_FILE
    return own if own.exists() else SHIPPED


def load_catalogue(home: Path) -> Catalogue:
    """The checked actions of a home; raises InputError naming file, entry, key, what is allowed and the next step."""
    return read_catalogue(catalogue_file(home))


def read_catalogue(path: Path) -> Catalogue:
    """The checked actions of a file, with a version that changes with their content and not with comments."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Mend or remove it.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}. Mend that line and run the command again.") from error
    if not entries:
        raise InputError(f"{path} has no action. Add one, or remove the file to use the shipped actions.")
    wrong = [line for name, entry in entries.items() for line in _complaints(name, entry)]
    if wrong:
        lines = [f"{path}: {line}" for line in wrong]
        raise InputError("\n".join([*lines, "Correct or remove it; docs/actions.md explains every key."]))
    actions = tuple(_action(name, Entry.model_validate(entry)) for name, entry in entries.items())
    told = json.dumps({name: Entry.model_validate(entry).model_dump() for name, entry in entries.items()})
    return Catalogue(actions, hashlib.sha256(told.encode()).hexdigest()[:12])


def _complaints(name: str, entry: Any) -> list[str]:
    """What is wrong with an entry, one line each."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        return [f"action {name!r}: an id has lower-case letters, digits and _, begins with a letter, 40 at most."]
    if not isinstance(entry, dict):
        return [f"{name!r} stands outside every action (found {entry!r}). An action begins with a line [its_id]."]
    try:
        Entry.model_validate(entry)
    except ValidationError as error:
        return [_complaint(name, dict(item)) for item in error.errors()]
    return []


def _complaint(name: str, item: dict[str, Any]) -> str:
    """One line for one wrong key."""
    path = [str(part) for part in item["loc"] if not isinstance(part, int) and "[" not in str(part)]
    path = [part for part in path if part != "WhenPart"]
    where = f"action {name}" + (f", key {'.'.join(path)}" if path else "")
    if item["type"] == "extra_forbidden":
        known = WhenPart if "when" in path[:-1] else _PARTS.get(path[0], Entry) if len(path) > 1 else Entry
        return f"{where}: there is no such key. Allowed: {', '.join(known.model_fields)}."
    if item["type"] == "missing":
        return f"{where}: it is missing. {_allowed(path[-1])}".rstrip()
    if not path:
        return f"{where}: {item['msg'].removeprefix('Value error, ')}."
    return f"{where}: {item['msg'].removeprefix('Value error, ')} (found {item['input']!r})."


_PARTS: dict[str, type[BaseModel]] = {"incentive": IncentivePart, "acceptance": AcceptancePart}


def _allowed(key: str) -> str:
    """What a key may hold, where that is a list of words."""
    words = {"kind": KINDS, "bond": BONDS, "channel": CHANNELS}.get(key)
    return f"Allowed: {', '.join(words)}." if words else ""


def _action(name: str, entry: Entry) -> Action:
    """The entry as the models know it."""
    return Action(
        id=name,
        title=entry.title,
        kind=entry.kind,
        bond=entry.bond,
        channel=entry.channel,
        when=tuple(_conditions(group) for group in entry.when),
        contact_cost=entry.contact_cost,
        agent_minutes=entry.agent_minutes,
        cooldown_days=entry.cooldown_days,
        needs_consent=entry.needs_consent,
        incentive=Incentive(**entry.incentive.model_dump()),
        acceptance=entry.acceptance.as_model(),
        gain=entry.gain or 0.0,
    )


def _conditions(group: BaseModel) -> tuple[Condition, ...]:
    """One condition per fact; both ends of a range are one."""
    given = group.model_dump(exclude_none=True)
    ranges = [
        Condition(fact, low=given.get(f"{fact}_min"), high=given.get(f"{fact}_max"))
        for fact in NUMBERS
        if f"{fact}_min" in given or f"{fact}_max" in given
    ]
    words = [Condition(fact, words=given[fact]) for fact in WORDS if fact in given]
    return (*ranges, *words, *(Condition(fact, is_true=given[fact]) for fact in YES_NO if fact in given))
