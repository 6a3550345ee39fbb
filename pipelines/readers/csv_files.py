"""CSV of any delimiter and encoding, read as text; lines that do not split into the header's columns are rejects."""

import codecs
import csv
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection
from duckdb import Error as DuckDBError

from pipelines.errors import InputError
from pipelines.quoting import quoted, sql_text
from pipelines.readers.raw import ROW, BadRow, Raw, check_names

_DELIMITERS = ",;\t|^~\x1f\x01"
_CHUNK = 1 << 24
_MOST_BAD = 1_000_000  # broken lines of one file that are told one by one
_PROBLEMS = {
    "MISSING COLUMNS": "the line has fewer values than the header has columns",
    "TOO MANY COLUMNS": "the line has more values than the header has columns",
    "UNQUOTED VALUE": "the quotes in the line do not match",
    "LINE SIZE OVER MAXIMUM": "the line is longer than 2 MB",
}


@dataclass(frozen=True)
class CsvFile:
    """One file that DuckDB can read as it is: UTF-8 with one kind of line end."""

    name: str
    path: Path
    lines: int
    header: tuple[str, ...]
    delimiter: str


def read_csv(
    con: DuckDBPyConnection, files: tuple[Path, ...], encoding: str | None, delimiter: str | None, scratch: Path
) -> Raw:
    """Read one or several CSV files as one table of text columns.

    `encoding` is any that Python knows (default UTF-8, or UTF-16 where the file says so), `scratch` the prefix of
    files written when the text must be recoded first. Raises InputError when a file is empty, in another encoding,
    or its quotes never close.
    """
    parts = [_prepare(path, encoding, delimiter, Path(f"{scratch}_{index}")) for index, path in enumerate(files)]
    label = parts[0].name if len(parts) == 1 else parts[0].path.parent.name
    names = list(dict.fromkeys(name for part in parts for name in part.header))
    rejects = "bad_" + re.sub(r"\W", "_", scratch.name)
    rows_sql = " union all by name ".join(_scan_sql(part, f"{rejects}_{i}") for i, part in enumerate(parts))
    peek_sql = " union all by name ".join(_scan_sql(part, None) for part in parts)

    def bad_rows(rows: int) -> list[BadRow]:
        return _bad_rows(con, parts, rejects, rows)

    number = f"select row_number() over () as {ROW}, * from"
    return Raw(
        label, f"{number} ({rows_sql})", dict.fromkeys(names, "VARCHAR"), bad_rows, f"{number} ({peek_sql})", True
    )


def _prepare(path: Path, encoding: str | None, delimiter: str | None, scratch: Path) -> CsvFile:
    """Look through a file once; recode it when DuckDB could not read it as it is."""
    encoding = encoding or _encoding_by_mark(path)
    readable, lines, plain = path, 0, _codec(encoding, path) in ("utf-8", "utf-8-sig", "ascii")
    if plain:
        lines, kinds = _inspect(path)
        plain = kinds <= 1
    if not plain:
        readable = scratch.with_suffix(".csv.tmp")
        lines = _recode(path, encoding, readable)
    header, sign = _header(path, encoding, delimiter)
    return CsvFile(path.name, readable, lines, header, sign)


def _encoding_by_mark(path: Path) -> str:
    """UTF-16 when the file starts with its byte order mark, else UTF-8."""
    with path.open("rb") as handle:
        start = handle.read(2)
    return "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _codec(encoding: str, path: Path) -> str:
    """The canonical name of an encoding; raises InputError when nobody knows it."""
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise InputError(
            f'{path.name}: there is no encoding {encoding!r}. Try "utf-8", "latin-1", "cp1252" or "utf-16".'
        ) from error


def _inspect(path: Path) -> tuple[int, int]:
    """Lines of a UTF-8 file and how many of \\r\\n, \\n and \\r end them; raises InputError at a wrong byte."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    crlf = lf = cr = 0
    tail = b""
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                line = max(crlf + lf + cr, lf) + chunk[: error.start].count(b"\n") + 1
                raise _wrong_encoding(path, "utf-8", line) from error
            chunk = tail + chunk
            tail = b"\r" if chunk.endswith(b"\r") else b""
            chunk = chunk[: len(chunk) - len(tail)]
            both = chunk.count(b"\r\n")
            crlf, lf, cr = crlf + both, lf + chunk.count(b"\n") - both, cr + chunk.count(b"\r") - both
            last = chunk[-1:] or tail
    if crlf + lf + cr == 0 and not tail:
        return int(path.stat().st_size > 0), 0
    cr += len(tail)
    return crlf + lf + cr + (last not in (b"\n", b"\r") and not tail), sum(count > 0 for count in (crlf, lf, cr))


def _recode(path: Path, encoding: str, target: Path) -> int:
    """Write a file again as UTF-8 with newlines, piece by piece; returns its number of lines."""
    lines, last = 0, "\n"
    try:
        with path.open("r", encoding=encoding) as source, target.open("w", encoding="utf-8", newline="\n") as sink:
            while text := source.read(_CHUNK):
                sink.write(text)
                lines, last = lines + text.count("\n"), text[-1]
    except UnicodeError as error:
        raise _wrong_encoding(path, encoding, lines + 1) from error
    return lines + (last != "\n")


def _wrong_encoding(path: Path, encoding: str, line: int) -> InputError:
    """What to say when bytes do not fit the encoding."""
    return InputError(
        f"{path.name} is not written in {encoding.removesuffix('-sig').upper()}: wrong bytes in or after line {line}. "
        'Say which encoding it has in the mapping file, for example encoding = "cp1252" (Windows) or "latin-1", '
        "or save the file as UTF-8."
    )


def _header(path: Path, encoding: str, delimiter: str | None) -> tuple[tuple[str, ...], str]:
    """The names in the first line, and the delimiter: the one that fits most lines."""
    with path.open("r", encoding=encoding, newline="") as handle:
        start = list(itertools.islice(handle, 20))
    if not start or not start[0].strip():
        raise InputError(f"{path.name} is empty: its first line must name the columns.")
    if delimiter is None:
        delimiter = max(_DELIMITERS, key=lambda sign: _fit(start, sign))
    names = next(csv.reader(start, delimiter=delimiter)) if len(delimiter) == 1 else start[0].strip().split(delimiter)
    header = [name.strip().removeprefix("\ufeff") or f"column{index}" for index, name in enumerate(names)]
    check_names(path.name, header)
    return tuple(header), delimiter


def _fit(lines: list[str], sign: str) -> tuple[bool, float, int]:
    """How well a delimiter fits: it splits the header, splits most lines alike, and into most parts."""
    counts = [len(row) for row in csv.reader(lines, delimiter=sign) if row]
    return counts[0] > 1, sum(count == counts[0] for count in counts) / len(counts), counts[0]


def _scan_sql(part: CsvFile, rejects: str | None) -> str:
    """A scan of one file; broken lines go to the temporary table `rejects`, or nowhere."""
    columns = ", ".join(f"{sql_text(name)}: 'varchar'" for name in part.header)
    store = (
        f"store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{rejects}_scan'"
        if rejects
        else "ignore_errors = true"
    )
    return (
        f"select {', '.join(map(quoted, part.header))} from read_csv({sql_text(str(part.path))}, auto_detect = false, "
        f"header = true, delim = {sql_text(part.delimiter)}, quote = '\"', escape = '\"', "
        f"columns = {{{columns}}}, {store})"
    )


def _bad_rows(con: DuckDBPyConnection, parts: list[CsvFile], prefix: str, rows: int) -> list[BadRow]:
    """The lines DuckDB could not split, numbered as data rows; stops when an open quote swallowed others."""
    found: list[BadRow] = []
    offset = 0
    for index, part in enumerate(parts):
        try:
            errors = con.execute(
                f"select line, any_value(error_type), any_value(csv_line) from {prefix}_{index} "
                f"group by line order by line limit {_MOST_BAD}"
            ).fetchall()
        except DuckDBError:
            errors = []
        for line, kind, content in errors:
            reason = _PROBLEMS.get(kind, kind.lower())
            found.append((offset + line - 1, None, (content or "")[:200], f"{reason} (line {line} of {part.name})"))
        offset += part.lines - 1
    quotes = [row for row in found if _PROBLEMS["UNQUOTED VALUE"] in row[3]]
    if quotes and offset > rows + len(found):
        raise InputError(
            f"{quotes[0][3].capitalize()}: a quote is opened there and never closed, "
            "so that what follows cannot be read. "
            "Close or double the quote in that line."
        )
    return found
