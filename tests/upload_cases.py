"""Uploads for tests: files as shops export them, dropped, looked at, mapped as suggested, and loaded."""

import io
import random
from datetime import datetime, timedelta
from pathlib import Path

from pipelines import preview, publish, uploads
from pipelines.config import Settings
from pipelines.ingest import ingest
from pipelines.ingest_report import IngestReport
from pipelines.upload_draft import Draft, mapping_text
from pipelines.upload_look import Relation, look, look_here
from pipelines.uploads import Upload

SETTINGS = Settings()


def dropped(home: Path, **files: bytes | str) -> Upload:
    """An upload of `orders_csv="…"` as orders.csv, and so on."""
    named = {name[::-1].replace("_", ".", 1)[::-1]: content for name, content in files.items()}
    return dropped_as(home, named)


def dropped_as(home: Path, files: dict[str, bytes | str]) -> Upload:
    """An upload of files under exactly these names."""
    upload = uploads.begin(home, "anna", SETTINGS)
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        upload = uploads.add(upload, name, io.BytesIO(raw), SETTINGS)
    return upload


def seen(upload: Upload) -> list[Relation]:
    """What an upload holds, looked at in this process to save time."""
    look_here(upload)
    return look(upload)


def suggested(upload: Upload) -> tuple[list[Relation], Draft]:
    """What an upload holds and the mapping suggested for it."""
    found = seen(upload)
    return found, preview.suggested(upload, found)


def loaded(home: Path, upload: Upload, found: list[Relation], draft: Draft) -> IngestReport:
    """Load an upload as the page does, without training."""
    text = mapping_text(draft, {relation.key: relation for relation in found})
    path = uploads.loaded(upload, preview.mapped_files(draft, found), text)
    return ingest(home, str(upload.folder), SETTINGS, publish.new_run_id(), path)


def money(value: float) -> str:
    """An amount as a German export writes it: 1.234,50."""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def german_shop(orders: int = 600) -> tuple[bytes, float]:
    """An export of order lines with German headings, semicolons, decimal commas and Windows letters; and its revenue
    without cancelled orders."""
    chance, moment, revenue = random.Random(3), datetime(2023, 1, 2, 8), 0.0
    lines = ["Bestell-Nr.;Kundennummer;Bestelldatum;Artikelnr.;Artikelbezeichnung;Menge;Einzelpreis (EUR);Land;Status"]
    for number in range(orders):
        moment += timedelta(minutes=chance.randint(200, 1500))
        customer = 10_000 + int(chance.random() ** 2 * 120)
        status = chance.choices(["abgeschlossen", "storniert"], [0.95, 0.05])[0]
        for article in chance.sample(range(1, 80), chance.randint(1, 4)):
            pieces, price = chance.randint(1, 5), round(5 + article * 17.35, 2)
            revenue += pieces * price if status == "abgeschlossen" else 0.0
            country = "Österreich" if customer % 7 == 0 else "Deutschland"
            lines.append(
                f"B{200_000 + number};{customer};{moment:%d.%m.%Y %H:%M};A-{article:04d};Größe „{article}“;{pieces};"
                f"{money(price)};{country};{status}"
            )
    return ("\r\n".join(lines) + "\r\n").encode("cp1252"), revenue
