"""What a source is: a folder with one file per table, a file or a database, and which table comes from where."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from pipelines.contract import TABLES
from pipelines.errors import InputError
from pipelines.mapping import MAPPING_FILE, Mappings, TableMapping, did_you_mean, load_mapping

Kind = Literal["csv", "parquet", "json", "xlsx", "database"]

KINDS: dict[str, Kind] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".jsonl": "json", ".ndjson": "json",
    ".xlsx": "xlsx",
}  # fmt: skip
_URL = re.compile(r"^([a-z][a-z0-9+]*)://", re.IGNORECASE)
_SCHEMES = ("postgresql", "sqlite", "duckdb")
_QUIET = re.compile(rf"{re.escape(MAPPING_FILE)}|truth.*\.parquet")  # no tables, and nobody needs to be told


@dataclass(frozen=True)
class TableSource:
    """Where one table of the contract comes from: files of one kind, or a relation of the database."""

    table: str
    kind: Kind
    mapping: TableMapping
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Source:
    """A source that was looked at but not read: its tables, and the files in it that no table uses."""

    text: str  # without password
    tables: dict[str, TableSource]
    unused: tuple[str, ...] = ()
    url: str | None = None
    mapping_name: str = MAPPING_FILE


def is_url(source: str | Path) -> bool:
    """Whether a source is written as a URL."""
    return isinstance(source, str) and _URL.match(source) is not None


def redacted(text: str) -> str:
    """The text with the password of a URL in it, and every `password=` value, replaced by stars."""
    text = re.sub(r"(://[^/\s:@]*):\S*@", r"\1:***@", text)
    return re.sub(r"(password\s*=\s*)[^&\s]+", r"\1***", text, flags=re.IGNORECASE)


def hidden(message: str, url: str) -> str:
    """A driver's message without the passwords of the URL, in whichever spelling or part it repeats them."""
    found = re.findall(r"password=([^&\s]+)", url, re.IGNORECASE) + re.findall(r"://[^/\s:@]*:(\S*)@", url)
    parts = {part for secret in found for part in (secret, unquote(secret), *re.split(r"[/:@?#]", secret)) if part}
    for part in sorted(parts, key=len, reverse=True):
        message = message.replace(part, "***")
    return redacted(message)


def find_source(source: str | Path, mapping_file: Path | None, attributes: Iterable[str] = ()) -> Source:
    """Look at a source without reading it.

    Raises InputError when it does not exist, holds no table, or two files claim one table.
    """
    if is_url(source):
        return _database(str(source), mapping_file, attributes)
    path = Path(source)
    if not path.exists():
        raise InputError(f"{path} does not exist. Give a folder with one file per table, or a database URL.")
    folder = path if path.is_dir() else path.parent
    beside = folder / MAPPING_FILE
    mapping_path = mapping_file or (beside if beside.is_file() else None)
    mappings = load_mapping(mapping_path, attributes) if mapping_path else {}
    name = str(mapping_path or MAPPING_FILE)
    if path.is_dir():
        tables, unused = _in_folder(path, mappings)
    else:
        tables, unused = _single_file(path, mappings, chosen=mapping_file is not None), ()
    return Source(str(path), tables, unused, None, name)


def _database(url: str, mapping_file: Path | None, attributes: Iterable[str]) -> Source:
    """A database: which tables it has is only known once it is asked."""
    scheme = url.split("://", 1)[0].lower()
    if scheme == "postgres":
        scheme, url = "postgresql", "postgresql" + url[len("postgres") :]
    if scheme not in _SCHEMES:
        raise InputError(
            f"{redacted(url)}: this kind of database is not known. Use postgresql://, sqlite:/// or duckdb:///."
        )
    mappings = load_mapping(mapping_file, attributes) if mapping_file else {}
    tables = {name: TableSource(name, "database", mappings.get(name, TableMapping())) for name in TABLES}
    return Source(redacted(url), tables, (), url, str(mapping_file or MAPPING_FILE))


def _in_folder(folder: Path, mappings: Mappings) -> tuple[dict[str, TableSource], tuple[str, ...]]:
    """Tables by mapping first, then by file name."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "~")))
    if not entries:
        raise InputError(f"{folder} is empty. Put at least orders.csv (or .parquet, .jsonl, .xlsx) there.")
    tables: dict[str, TableSource] = {}
    for name in TABLES:
        mapping = mappings.get(name, TableMapping())
        if mapping.query:
            raise InputError(f"[{name}] query works for databases only. Name a file instead.")
        files = _mapped_files(folder, name, mapping.file) if mapping.file else _named_files(entries, name)
        if files:
            tables[name] = TableSource(name, _kind(files, name), mapping, files)
        elif name in mappings:
            raise InputError(f'[{name}] is mapped, but {folder} has no file {name}.*. Say which one: file = "…".')
    used = {path for table in tables.values() for file in table.files for path in (file, file.parent)}
    unused = tuple(entry.name for entry in entries if entry not in used and not _QUIET.fullmatch(entry.name))
    if "orders" not in tables:
        raise InputError(_no_orders(folder, unused))
    return tables, unused


def _no_orders(folder: Path, unused: tuple[str, ...]) -> str:
    """Say what is there instead of the orders, and what to do about it."""
    there = f"It has: {', '.join(unused)}." if unused else "It has no file that could hold them."
    near = did_you_mean("orders", [Path(name).stem for name in unused])
    return (
        f"{folder} has no orders (orders.csv, .parquet, .jsonl, .xlsx, or a folder orders/). {there} {near}"
        f'If one of them holds the orders, name it in {folder / MAPPING_FILE}: [orders] file = "…".'
    )


def _named_files(entries: list[Path], name: str) -> tuple[Path, ...]:
    """Files that carry a table's name; raises InputError when two sources of one table are there."""
    found = [entry for entry in entries if entry.is_file() and entry.stem == name and entry.suffix.lower() in KINDS]
    groups: list[tuple[Path, ...]] = [(path,) for path in found]
    folder = next((entry for entry in entries if entry.is_dir() and entry.name == name), None)
    inside = _files_of(folder) if folder else ()
    groups += [inside] if inside else []
    if len(groups) > 1:
        labels = ", ".join(group[0].name if group is not inside else f"{name}/" for group in groups)
        raise InputError(f'{labels} all hold the table {name}. Keep one of them, or name one: [{name}] file = "…".')
    return groups[0] if groups else ()


def _files_of(folder: Path) -> tuple[Path, ...]:
    """The data files directly in a folder, by name."""
    return tuple(sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in KINDS))


def _mapped_files(folder: Path, name: str, file: str) -> tuple[Path, ...]:
    """The files that a mapping names: a file, a folder, or a pattern such as `2024/*.csv`."""
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise InputError(f"[{name}] file = {file!r}: the file must lie in the source folder {folder}.")
    path = folder / file
    files = _files_of(path) if path.is_dir() else (path,) if path.is_file() else ()
    if not files and "*" in file:
        files = tuple(sorted(match for match in folder.glob(file) if match.is_file()))
    if not files:
        names = [entry.name for entry in sorted(folder.iterdir()) if not entry.name.startswith(".")]
        raise InputError(
            f"[{name}] file = {file!r} does not exist in {folder}. {did_you_mean(file, names)}"
            f"It has: {', '.join(names)}."
        )
    return files


def _kind(files: tuple[Path, ...], name: str) -> Kind:
    """The one kind of a table's files."""
    kinds = {KINDS.get(path.suffix.lower()) for path in files}
    kind = kinds.pop()
    if kinds or kind is None:
        names = ", ".join(path.name for path in files[:3])
        raise InputError(f"{names}: the files of {name} must all be one of {', '.join(KINDS)}.")
    return kind


def _single_file(path: Path, mappings: Mappings, chosen: bool) -> dict[str, TableSource]:
    """One file: every section of the mapping that names it, or names none, reads it."""
    sections = {name: m for name, m in mappings.items() if m.file == path.name or (m.file is None and chosen)}
    if not sections and path.stem in TABLES:
        sections = {path.stem: mappings.get(path.stem, TableMapping())}
    if "orders" not in sections:
        raise InputError(
            f"{path} is a single file, and no mapping says that it holds the orders. "
            "Give --mapping FILE with a section [orders], or the folder that holds orders.csv and the other tables."
        )
    return {name: TableSource(name, _kind((path,), name), mapping, (path,)) for name, mapping in sections.items()}
