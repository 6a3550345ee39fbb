"""The commands that a page may start, with which arguments: a fixed list, so that no page can run anything else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.errors import InputError

UPLOADS = "uploads"  # the folder under home from which a page may load files
FLAG = None
TRIALS = re.compile(r"\d{1,3}")
VERSION = re.compile(r"[1-9]\d{0,6}")
TEXT = re.compile(
    r"[^\x00-\x08\x0b-\x1f\x7f]{0,2000}"
)  # what somebody wrote: it travels as one argument, never a shell
UPLOAD = re.compile(r"[^\x00-\x1f]{1,1000}")  # and must lie in the home's uploads


@dataclass(frozen=True)
class Allowed:
    """What a page may ask of a command: options (flags have no pattern) and how many arguments of which kind."""

    title: str
    options: Mapping[str, re.Pattern[str] | None] = field(default_factory=dict)
    arguments: tuple[re.Pattern[str], ...] = ()
    least: int = 0


# One line per command: its name, and how a sentence calls it ("Anna started ...").
COMMANDS = {
    "train": Allowed("a training", {"--trials": TRIALS, "--propose": FLAG, "--build": FLAG}),
    "refresh": Allowed("a refresh", {"--mapping": UPLOAD}, (UPLOAD,)),
    "build": Allowed("a rebuild of the features"),
    "score": Allowed("a scoring"),
    "labels": Allowed("the label lab"),
    "compare": Allowed("a comparison", {}, (VERSION, VERSION), least=2),
    "promote": Allowed("a promotion", {"--note": TEXT}, (VERSION,), least=1),
    "rollback": Allowed("a roll back", {"--note": TEXT}),
}
_ELSEWHERE = {"ingest": "a load of data", "backtest": "a backtest", "forget": "the erasure of a customer"}


def title(command: str) -> str:
    """How a sentence calls a command: `a training`."""
    return COMMANDS[command].title if command in COMMANDS else _ELSEWHERE.get(command, f"`{command}`")


def checked(home: Path, words: Sequence[str]) -> list[str]:
    """The arguments of the process for a command's words, `--home` included; raises InputError for any other words."""
    name, *rest = words or [""]
    allowed = COMMANDS.get(name)
    if allowed is None:
        raise InputError(f"A page cannot start {name!r}. It can start: {', '.join(COMMANDS)}.")
    options, arguments = _split(name, allowed, rest)
    if not allowed.least <= len(arguments) <= len(allowed.arguments):
        raise InputError(f"`{name}` takes {allowed.least} to {len(allowed.arguments)} arguments, not {len(arguments)}.")
    values = [
        _value(home, name, kind, value) for kind, value in zip(allowed.arguments, arguments, strict=False)
    ]  # fewer than allowed may be given
    named = [
        flag if value is None else f"{flag}={_value(home, flag, allowed.options[flag], value)}"
        for flag, value in options.items()
    ]
    return [name, *named, f"--home={home.resolve()}", *(["--", *values] if values else [])]


def _split(name: str, allowed: Allowed, rest: Sequence[str]) -> tuple[dict[str, str | None], list[str]]:
    """Options with their values, and arguments. A word after an option that takes one is its value, whatever it is."""
    options: dict[str, str | None] = {}
    arguments = []
    waiting = iter(rest)
    for word in waiting:
        if not word.startswith("-"):
            arguments.append(word)
        elif word not in allowed.options:
            raise InputError(f"A page cannot start `{name}` with {word!r}.")
        elif allowed.options[word] is FLAG:
            options[word] = None
        else:
            options[word] = next(waiting, "")
    return options, arguments


def _value(home: Path, what: str, kind: re.Pattern[str] | None, value: str) -> str:
    """A value that fits its kind; files must lie in the home's uploads."""
    if kind is None or not kind.fullmatch(value):
        raise InputError(f"{value!r} cannot be an argument of `{what}`.")
    if kind is not UPLOAD:
        return value
    uploads, path = (home / UPLOADS).resolve(), Path(value).resolve()
    if uploads not in path.parents or not path.exists():
        raise InputError(f"{value!r} does not lie in {uploads}: a page loads only what was uploaded there.")
    return str(path)
