"""From the drawn sheet to the file that is sent: PDF with vectors and text that can be searched, or PNG."""

from io import BytesIO
from typing import Any, Literal, get_args

from report.paper import FONTS, WIDTH

Kind = Literal["pdf", "png"]
KINDS: tuple[str, ...] = get_args(Kind)
PIXELS_WIDE = 2246  # two per screen pixel of the sheet: sharp on a phone and in print of a mail, half a megabyte


def as_file(svg: str, kind: Kind, title: str) -> bytes:
    """The sheet as a file; the same sheet gives the same bytes: no date of making, no random name."""
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    if kind == "png":
        return _opaque(vl_convert.svg_to_png(svg, scale=PIXELS_WIDE / (WIDTH * 0.75)))
    return _named(vl_convert.svg_to_pdf(svg), title)


def _opaque(png: bytes) -> bytes:
    """The picture without its transparency, which nothing on the sheet uses: a third of the size."""
    from PIL import Image

    made = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").save(made, "PNG")
    return made.getvalue()


def _named(pdf: bytes, title: str) -> bytes:
    """With title and language, for the reader's window and for people who listen to it."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject

    page = PdfReader(BytesIO(pdf)).pages[0]
    _in_order(page, set())
    writer = PdfWriter()
    writer.add_page(page)
    writer.metadata = {"/Title": title, "/Creator": "Stammkunde"}
    shown = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    writer.root_object.update({NameObject("/Lang"): TextStringObject("en"), NameObject("/ViewerPreferences"): shown})
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def _in_order(found: Any, seen: set[int]) -> None:
    """Sort the names inside a page: its writer keeps fonts in a table of no certain order."""
    from pypdf.generic import ArrayObject, DictionaryObject

    found = found.get_object()
    if id(found) in seen or not isinstance(found, (ArrayObject, DictionaryObject)):
        return
    seen.add(id(found))
    if isinstance(found, DictionaryObject):
        inside = sorted(found.items())
        found.clear()
        found.update(inside)
    for part in found.values() if isinstance(found, DictionaryObject) else found:
        _in_order(part, seen)
