"""Small sources for the tests of ingest, and short ways to load and read them."""

from pathlib import Path

from pipelines import publish
from pipelines.config import Settings
from pipelines.ingest import ingest
from pipelines.ingest_report import IngestReport

HEADER = "order_id,customer_id,ordered_at,revenue"


def orders(*rows: str, header: str = HEADER) -> str:
    """The text of orders.csv."""
    return "\n".join([header, *rows]) + "\n"


def good(count: int) -> list[str]:
    """Good orders, so that one bad row stays below the share that stops an ingest."""
    return [f"g{i},c{i % 9},2024-03-{i % 28 + 1:02d} 10:00:00,{i}.50" for i in range(count)]


def write(folder: Path, **files: str) -> Path:
    """A source folder with `orders="…"` as orders.csv, and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / ("mapping.toml" if name == "mapping" else f"{name}.csv")
        path.write_text(text, encoding="utf-8")
    return folder


def load(home: Path, source: Path | str, settings: Settings | None = None, mapping: Path | None = None) -> IngestReport:
    """Ingest with a fresh run id."""
    return ingest(home, source, settings or Settings(), publish.new_run_id(), mapping)


def rows(home: Path, sql: str) -> list[tuple]:
    """Rows of the published source."""
    with publish.open_current(home, "source") as con:
        return con.execute(sql).fetchall()


def content(home: Path) -> dict[str, list[tuple]]:
    """Every contract table of the published source, with its types."""
    names = [name for (name,) in rows(home, "select table_name from ingest_report where is_present")]
    return {name: rows(home, f"describe {name}") + rows(home, f"select * from {name}") for name in names}
