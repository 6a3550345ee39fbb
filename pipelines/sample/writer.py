"""Writes the sample shop: one file per table, chunk after chunk, into a folder that is complete or untouched."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from pipelines.contract import TABLES
from pipelines.errors import InputError
from pipelines.progress import Progress, silent
from pipelines.sample.catalogue import draw_catalogue
from pipelines.sample.chunk import CHUNK, Shop, draw_chunk, to_tables
from pipelines.sample.coefficients import Coefficients
from pipelines.sample.given import GivenContacts, require_inside
from pipelines.sample.streams import CATALOGUE, stream
from pipelines.sample.tables import products

TRUTHS = ("truth", "truth_orders", "truth_tickets", "truth_contacts", "truth_subscriptions")
FORMATS = ("parquet", "csv")
_UNFINISHED = ".sample-unfinished"


def write_sample(
    customers: int,
    seed: int,
    to: Path,
    format: str = "parquet",
    progress: Progress = silent,
    coefficients: Coefficients | None = None,
) -> dict[str, int]:
    """Write a sample shop's source folder, the same bytes for the same arguments, and return the rows per table.

    `format` is `parquet` or `csv`; the truth stands beside the tables in `truth.parquet` and its four companions.
    Other `coefficients` write a counterfactual shop, say one in which slow replies hurt nobody.
    Raises InputError if an argument is out of range or the folder holds a source that is not a sample shop.
    """
    return _published(Shop(customers, seed, coefficients or Coefficients()), to, format, progress)


def play_sample(
    customers: int, seed: int, to: Path, given: GivenContacts, coefficients: Coefficients | None = None
) -> dict[str, int]:
    """Write a sample shop whose contacts of some months are `given`, as Parquet, and return the rows per table.

    What happens before a month is the same whatever is decided for that month or later, so that a shop can be played
    month by month; `write_known` ends its data on a day. Raises InputError as `write_sample` does, and for contacts
    that cannot be.
    """
    require_inside(given, customers)
    return _published(Shop(customers, seed, coefficients or Coefficients(), given), to, "parquet", silent)


def _published(shop: Shop, to: Path, format_: str, progress: Progress) -> dict[str, int]:
    """Write the shop beside its folder first, so that the folder is complete or untouched."""
    _check(shop.customers, shop.seed, to, format_)
    unfinished = to / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        rows = _write(shop, unfinished, format_, progress)
        _replace(to, unfinished)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return {name: rows[name] for name in TABLES}


def _check(customers: int, seed: int, to: Path, format_: str) -> None:
    if customers < 1:
        raise InputError(f"A sample shop needs at least one customer, not {customers}: pass --customers 5000.")
    if seed < 0:
        raise InputError(f"The seed must be 0 or more, not {seed}.")
    if format_ not in FORMATS:
        raise InputError(f"Unknown format {format_!r}: use csv or parquet.")
    if to.exists() and not to.is_dir():
        raise InputError(f"{to} is a file: name a folder for the sample shop.")
    foreign = [path for path in _table_files(to) if path.stem not in TRUTHS]
    if foreign and not (to / "truth.parquet").exists():
        raise InputError(f"{to} holds {foreign[0].name}, which no sample shop wrote: name an empty folder.")


def _table_files(folder: Path) -> list[Path]:
    """Return the files in `folder` that a sample shop would write, in any format."""
    names = {f"{name}.{suffix}" for name in (*TABLES, *TRUTHS) for suffix in FORMATS}
    return sorted(path for path in folder.glob("*") if path.name in names)


def _replace(to: Path, unfinished: Path) -> None:
    for old in _table_files(to):
        old.unlink()
    for new in sorted(unfinished.iterdir()):
        new.replace(to / new.name)


def _write(shop: Shop, to: Path, format_: str, progress: Progress) -> dict[str, int]:
    """Draw and write chunk after chunk, so that memory holds one chunk however large the shop is."""
    catalogue = draw_catalogue(stream(shop.seed, CATALOGUE), shop.customers)
    rows = dict.fromkeys((*TABLES, *TRUTHS), 0)
    writers: dict[str, Any] = {}
    chunks = range(-(-shop.customers // CHUNK))
    try:
        for number in chunks:
            found = to_tables(shop, draw_chunk(shop, number, catalogue), rows)
            if number == 0:
                found["products"] = products(catalogue)
            for name, table in found.items():
                _append(writers, to, name, table, format_)
                rows[name] += len(table)
            progress("sample shop", (number + 1) / len(chunks))
    finally:
        for writer in writers.values():
            writer.close()
    return rows


def _append(writers: dict[str, Any], to: Path, name: str, table: pa.Table, format_: str) -> None:
    """Append a chunk to its table's file; truths are Parquet always, for they are no source."""
    is_csv = format_ == "csv" and name not in TRUTHS
    if is_csv:
        table = table.cast(pa.schema([(f.name, _csv_type(f.type)) for f in table.schema]))
    if name not in writers:
        path = to / f"{name}.{'csv' if is_csv else 'parquet'}"
        writers[name] = (
            pc.CSVWriter(path, table.schema, write_options=pc.WriteOptions(quoting_style="needed"))
            if is_csv
            else pq.ParquetWriter(path, table.schema, compression="zstd")
        )
    writers[name].write_table(table)


def _csv_type(kind: pa.DataType) -> pa.DataType:
    """Return the type whose text reads best: timestamps to the second."""
    return pa.timestamp("s") if pa.types.is_timestamp(kind) else kind
