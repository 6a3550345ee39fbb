"""What a file is, told from its content: its name may say anything. Nothing is unpacked and nothing is executed."""

import codecs
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import InputError
from pipelines.source import Kind

_HEAD = 1 << 16
_CHUNK = 1 << 22
_LARGEST_UNPACKED = 2 << 30  # bytes of a workbook's parts, as its own list of contents declares them
_LARGEST_RATIO = 200  # times a part may grow when it is unpacked; sheets of real workbooks grow 5 to 30 times
_CONTROL = frozenset(range(32)) - {9, 10, 12, 13, 27, 31, 1}  # 31 and 1 separate the columns of some exports
_STRANGERS = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"#!", "a script"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a packed file (gzip): unpack it"),
    (b"7z\xbc\xaf", "a packed file (7z): unpack it"),
    (b"Rar!", "a packed file (rar): unpack it"),
    (b"BZh", "a packed file (bzip2): unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file: save it as .xlsx without a password, or as .csv"),
    (b"SQLite format 3", "a SQLite database: load it with `refresh sqlite:///FILE`"),
    (b"<", "a web page or XML: save it as .xlsx or .csv"),
)
_WANTED = "Drop CSV, XLSX, Parquet or JSON lines."


@dataclass(frozen=True)
class FileKind:
    """How a file is read: kind, ending that the loader knows it by, and a CSV's encoding where it is not UTF-8."""

    kind: Kind
    ending: str
    encoding: str | None = None


def kind_of(path: Path, name: str) -> FileKind:
    """Look at a file's content; `name` is what its owner calls it. Raises InputError for all that is no table."""
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    if not head.strip():
        raise InputError(f"{name} is empty. {_WANTED}")
    if head.startswith(b"PAR1"):
        return _parquet(path, name)
    if head.startswith(b"PK"):
        return _workbook(path, name)
    for start, words in _STRANGERS:
        if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(start) or head.startswith(start):
            raise InputError(f"{name} is {words}. {_WANTED}")
    encoding = _encoding(path, name, head)
    if _is_json_lines(head, encoding, name):
        return FileKind("json", ".jsonl")
    return FileKind("csv", ".csv", encoding)


def _parquet(path: Path, name: str) -> FileKind:
    """Parquet begins and ends with its mark; one that was cut off does not."""
    with path.open("rb") as handle:
        handle.seek(-4, 2)
        if handle.read() != b"PAR1":
            raise InputError(f"{name} is a Parquet file that was cut off. Export it again.")
    return FileKind("parquet", ".parquet")


def _workbook(path: Path, name: str) -> FileKind:
    """A zip file is read as a workbook only when it holds one, and one of a sane size."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(f"{name} is a broken zip file. Save it again as .xlsx or .csv.") from error
    names = {part.filename for part in parts}
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise InputError(f"{name} is a packed file (zip) and no workbook: unpack it. {_WANTED}")
    total = sum(part.file_size for part in parts)
    growing = [part for part in parts if part.file_size > _LARGEST_RATIO * max(part.compress_size, 1 << 12)]
    if total > _LARGEST_UNPACKED or growing:
        raise InputError(
            f"{name} would unpack to {total / 1e6:,.0f} MB, far more than its size says. "
            "Save the rows as .csv if they are real."
        )
    return FileKind("xlsx", ".xlsx")


def _encoding(path: Path, name: str, head: bytes) -> str | None:
    """None for UTF-8 and for UTF-16 that says so; else the encoding that fits. Raises where the bytes are no text."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    odd, even = head[1::2].count(0), head[::2].count(0)
    if odd > len(head) // 4 > even:
        return "utf-16-le"
    if even > len(head) // 4 > odd:
        return "utf-16-be"
    if sum(byte in _CONTROL for byte in head) > 0:
        raise InputError(f"{name} holds no text and is no workbook or Parquet file. {_WANTED}")
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as handle:
        try:
            while chunk := handle.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _one_byte(path)
    return None


def _one_byte(path: Path) -> str:
    """Windows' encoding unless a byte stands there that it lacks."""
    decoder = codecs.getincrementaldecoder("cp1252")()
    with path.open("rb") as handle:
        try:
            while chunk := handle.read(_CHUNK):
                decoder.decode(chunk)
        except UnicodeDecodeError:
            return "latin-1"
    return "cp1252"


def _is_json_lines(head: bytes, encoding: str | None, name: str) -> bool:
    """Whether the first line is a JSON object; a list of objects is told what to become."""
    first = head.decode(encoding or "utf-8-sig", "replace").lstrip("\ufeff").lstrip()
    if first.startswith(("[{", "[\n", "[\r", "[ ")):
        raise InputError(f"{name} is one JSON list. Write one object per line (JSON lines), or save it as .csv.")
    if not first.startswith("{"):
        return False
    try:
        return isinstance(json.loads(first.splitlines()[0]), dict)
    except json.JSONDecodeError:
        if first.splitlines()[0].strip() == "{" or len(head) == _HEAD:
            raise InputError(f"{name} is JSON over several lines. Write one object per line (JSON lines).") from None
        return False
