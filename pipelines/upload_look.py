"""A first look at uploaded files, in a process of its own with little memory and time: a file that was made to break
a reader breaks that process, not the pages. What it finds lies beside the files as a small sample and a page of facts.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import uploads
from pipelines.column_look import ColumnLook, look_at_column
from pipelines.errors import InputError
from pipelines.mapping import TableMapping
from pipelines.quoting import quoted, sql_text
from pipelines.readers.open_table import open_table
from pipelines.readers.raw import ROW, Raw, first_line
from pipelines.readers.sheets import same_sheets
from pipelines.source import Source, TableSource
from pipelines.uploads import LOOK, Upload, UploadedFile

FOUND = "found.json"
HEAD_ROWS = SPREAD_ROWS = 10_000  # of the sample: the first rows, and others spread over the rest
MOST_COLUMNS = 300
_MOST_SHEETS = 40
_MEMORY = 4 << 30
_SECONDS = 300
_LARGEST_WRITE = 8 << 30
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Relation:
    """One table of an upload: a file, several files with the same columns, or sheets with the same first row."""

    file: str  # its name, or the pattern that names several
    shown: str
    kind: str
    sheets: tuple[str, ...] = ()
    encoding: str | None = None
    rows: int = 0
    columns: tuple[ColumnLook, ...] = ()
    sample: str = ""  # name of the Parquet file with the sample rows
    bad_rows: tuple[tuple[int, str], ...] = ()  # lines that the format itself broke: row number, reason
    bad_count: int = 0
    problem: str = ""
    parts: tuple[str, ...] = ()  # names of several files that are one table

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files it is made of."""
        return self.parts or (self.file,)

    @property
    def key(self) -> str:
        """What tells relations apart."""
        return "|".join((self.file, *self.sheets))

    @property
    def label(self) -> str:
        """The name for people: the file, and the sheet of a workbook."""
        return f"{self.shown}, {' and '.join(self.sheets)}" if self.sheets else self.shown


def look(upload: Upload) -> list[Relation]:
    """What an upload holds; looked at once, then remembered. Raises InputError when the look itself was broken off."""
    found = upload.folder / LOOK / FOUND
    if not found.is_file():
        _look_elsewhere(upload)
    facts = json.loads(found.read_text(encoding="utf-8"))
    return [_relation(fact) for fact in facts]


def _relation(fact: dict[str, Any]) -> Relation:
    columns = tuple(ColumnLook(**_tuples(column)) for column in fact.pop("columns"))
    bad = tuple((row, reason) for row, reason in fact.pop("bad_rows"))
    return Relation(**_tuples(fact) | {"columns": columns, "bad_rows": bad})


def _tuples(fact: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in fact.items()}


def _look_elsewhere(upload: Upload) -> None:
    """Run the look in a process of its own."""
    command = [sys.executable, "-m", "pipelines.upload_look", str(upload.folder)]
    try:
        done = subprocess.run(  # noqa: S603 -- our own module; the folder's name is a random id
            command, cwd=_ROOT, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"Looking at the files took more than {_SECONDS // 60} minutes. {_SMALLER}") from error
    if done.returncode or not (upload.folder / LOOK / FOUND).is_file():
        raise InputError(f"The files could not be looked at: one is damaged, or needs too much memory. {_SMALLER}")


_SMALLER = "Remove the largest file, save it as Parquet or CSV, or load the folder with `python -m pipelines refresh`."


def main(folder: Path) -> None:
    """Look at an upload's files under limits; the body of the process."""
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _SECONDS), (resource.RLIMIT_FSIZE, _LARGEST_WRITE)
    ):  # fmt: skip
        resource.setrlimit(limit, (value, value))
    look_here(uploads.find(folder.parent.parent, folder.name))


def look_here(upload: Upload) -> None:
    """Look at every file of an upload and write down what was found."""
    place = upload.folder / LOOK
    place.mkdir(exist_ok=True, mode=0o700)
    alone = [relation for file in upload.files for relation in _relations(upload, file, place)]
    found = [relation for group in same_tables(alone) for relation in _together(upload, group, place)]
    unfinished = place / f"{FOUND}.tmp"
    unfinished.write_text(json.dumps([asdict(relation) for relation in found]), encoding="utf-8")
    unfinished.rename(place / FOUND)


def _relations(upload: Upload, file: UploadedFile, place: Path) -> Iterator[Relation]:
    """The tables of one file; a file that cannot be read is one with a problem."""
    bare = Relation(file.name, file.shown, file.kind, encoding=file.encoding)
    try:
        path = upload.path_of(file.name)
        groups = same_sheets(path)[:_MOST_SHEETS] if file.kind == "xlsx" else [()]
    except InputError as error:
        yield _with(bare, problem=_words(error, file))
        return
    for sheets in groups:
        start = _with(bare, sheets=sheets)
        try:
            yield _looked((path,), start, place)
        except (InputError, duckdb.Error, pa.ArrowException, OSError, ValueError, MemoryError) as error:
            yield _with(start, problem=_words(error, file))


def _together(upload: Upload, group: list[Relation], place: Path) -> list[Relation]:
    """Files with the same columns and names of one pattern as one table; as they are where they do not fit together."""
    pattern = file_pattern([relation.file for relation in group], [file.name for file in upload.files])
    if pattern is None:
        return group
    shown = f"{pattern} ({len(group)} files)"
    names = tuple(relation.file for relation in group)
    start = Relation(pattern, shown, group[0].kind, encoding=group[0].encoding, parts=names)
    try:
        return [_looked(tuple(map(upload.path_of, names)), start, place)]
    except (InputError, duckdb.Error, pa.ArrowException, OSError, ValueError, MemoryError):
        return group


def same_tables(relations: Sequence[Relation]) -> list[list[Relation]]:
    """Relations with the same columns, read the same way, together; workbooks stay alone."""
    groups: dict[object, list[Relation]] = {}
    for relation in relations:
        columns = tuple((look.name, look.native) for look in relation.columns)
        joins = relation.kind != "xlsx" and not relation.problem
        groups.setdefault((relation.kind, relation.encoding, columns) if joins else relation.key, []).append(relation)
    return list(groups.values())


def file_pattern(names: Sequence[str], all_names: Sequence[str]) -> str | None:
    """The pattern that fits exactly these names, such as `orders_*.csv`; None where there is none worth the name."""
    if len(names) < 2:
        return None
    stems = [name.rpartition(".")[0] for name in names]
    start = _shared(stems).rstrip("0123456789")
    end = _shared([stem[len(start) :][::-1] for stem in stems])[::-1].lstrip("0123456789")
    pattern = f"{start}*{end}.{names[0].rpartition('.')[2]}"
    is_worth = sum(sign.isalpha() for sign in start + end) >= 3
    return pattern if is_worth and {n for n in all_names if fnmatchcase(n, pattern)} == set(names) else None


def _shared(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    alike = takewhile(lambda signs: len(set(signs)) == 1, zip(*texts, strict=False))  # to the end of the shortest
    return "".join(signs[0] for signs in alike)


def _words(error: Exception, file: UploadedFile) -> str:
    """What to say about a file that cannot be read, under the name that its owner knows."""
    text = str(error) if isinstance(error, InputError) else f"{file.shown} cannot be read: {first_line(error)}"
    return text.replace(file.name, file.shown)


def _with(relation: Relation, **changes: object) -> Relation:
    return replace(relation, **changes)  # type: ignore[arg-type]


def _looked(paths: tuple[Path, ...], relation: Relation, place: Path) -> Relation:
    """Read one table whole, keep a sample of it, and look at each column."""
    mapping = TableMapping(sheet=relation.sheets, encoding=relation.encoding)
    scratch = place / "look"
    con = duckdb.connect(str(place / "look.duckdb.tmp"), config={"memory_limit": "1500MB", "threads": 2})
    try:
        con.execute("set timezone = 'UTC'")
        con.execute(f"attach {sql_text(str(place / 'raw.duckdb.tmp'))} as scratch")
        origin = TableSource("orders", relation.kind, mapping, paths)  # type: ignore[arg-type]
        raw = open_table(con, Source(relation.shown, {}), origin, scratch)
        assert raw is not None  # noqa: S101 -- only a database can lack a table
        return _profiled(con, raw, relation, place)
    finally:
        con.close()
        for left in place.glob("*.tmp*"):
            left.unlink()


def _profiled(con: duckdb.DuckDBPyConnection, raw: Raw, relation: Relation, place: Path) -> Relation:
    """Sample and facts of a table that can be read."""
    if len(raw.types) > MOST_COLUMNS:
        raise InputError(
            f"{raw.label} has {len(raw.types):,} columns; a table of a shop has {MOST_COLUMNS} at most. "
            "Check its delimiter, or leave out what nobody needs."
        )
    if len(raw.types) == 1 and relation.kind == "csv":
        raise InputError(f"{raw.label} has one column only, {next(iter(raw.types))!r}: no delimiter splits its lines.")
    con.execute(f"create table whole as select * from ({raw.sql})")
    rows = con.execute("select count(*) from whole").fetchall()[0][0]
    bad = raw.bad_rows(rows)
    con.execute(f"""
        create table sample as
        select * from whole where {ROW} <= {HEAD_ROWS}
        union all
        select * from (from whole where {ROW} > {HEAD_ROWS}) using sample reservoir({SPREAD_ROWS} rows) repeatable (7)
    """)
    name = f"sample_{len(list(place.glob('sample_*.parquet')))}.parquet"
    con.execute(f"copy (from sample order by {ROW}) to {sql_text(str(place / name))} (format parquet)")
    columns = tuple(look_at_column(con, "sample", "whole", column, native) for column, native in raw.types.items())
    listed = tuple((number, reason) for number, _, _, reason in bad[:10])
    return _with(relation, rows=rows + len(bad), columns=columns, sample=name, bad_rows=listed, bad_count=len(bad))


def samples(con: duckdb.DuckDBPyConnection, upload: Upload, relations: list[Relation]) -> dict[str, str]:
    """Load the samples into a connection's own tables: key of the relation → table."""
    tables = {}
    for index, relation in enumerate(relations):
        if relation.sample:
            tables[relation.key] = quoted(f"upload_{index}")
            path = sql_text(str(upload.folder / LOOK / relation.sample))
            con.execute(f"create table {tables[relation.key]} as from read_parquet({path}, hive_partitioning = false)")
    return tables


if __name__ == "__main__":
    main(Path(sys.argv[1]))
