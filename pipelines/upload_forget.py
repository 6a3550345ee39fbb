"""Forgetting and uploads: whether a dropped file names a person, and the removal of all dropped files."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from pipelines import uploads
from pipelines.conversions import text_sql
from pipelines.errors import InputError
from pipelines.mapping import TableMapping
from pipelines.person import Person
from pipelines.quoting import quoted, sql_text
from pipelines.readers.open_table import open_table
from pipelines.readers.sheets import same_sheets
from pipelines.source import Source, TableSource
from pipelines.uploads import LOOK, Upload, UploadedFile


def names(home: Path, person: Person) -> bool:
    """Whether any value in a dropped file is the person's customer number, or that of one of their orders."""
    return any(
        _is_in(upload, file, sheets, person)
        for upload in uploads.all_of(home)
        for file in upload.files
        for sheets in _sheets(upload, file)
    )


def _sheets(upload: Upload, file: UploadedFile) -> Iterator[tuple[str, ...]]:
    """Every table of a file; none where it cannot be read."""
    try:
        yield from same_sheets(upload.path_of(file.name)) if file.kind == "xlsx" else [()]
    except InputError:
        return


def _is_in(upload: Upload, file: UploadedFile, sheets: tuple[str, ...], person: Person) -> bool:
    """Search one table of a file in every column; what cannot be read names nobody."""
    written = {person.customer_id, *person.orders}
    listed = ", ".join(sql_text(value) for value in sorted(written | {f"{value}.0" for value in written}))
    scratch = upload.folder / LOOK / "forget"
    scratch.parent.mkdir(exist_ok=True)
    try:
        with duckdb.connect() as con:
            con.execute("attach ':memory:' as scratch")
            mapping = TableMapping(sheet=sheets, encoding=file.encoding)
            origin = TableSource("orders", file.kind, mapping, (upload.path_of(file.name),))
            raw = open_table(con, Source(file.shown, {}), origin, scratch)
            tests = (
                [f"{text_sql(quoted(name), native)} in ({listed})" for name, native in raw.types.items()] if raw else []
            )
            sql = f"select count(*) from ({raw.sql}) where {' or '.join(tests)}" if raw and tests else "select 0"
            return bool(con.execute(sql).fetchall()[0][0])
    except (InputError, duckdb.Error, OSError, ValueError):
        return False
    finally:
        for left in scratch.parent.glob(f"{scratch.name}*.tmp"):
            left.unlink()
