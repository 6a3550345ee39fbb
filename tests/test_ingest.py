"""What ingest promises: good rows are loaded typed, bad ones told with row, column, reason; stops harm nothing."""

from pathlib import Path

import pytest

from pipelines import publish
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.ingest import ingest

HEADER = "order_id,customer_id,ordered_at,revenue"


def write(folder: Path, **files: str) -> Path:
    """A source folder with `orders="…"` as orders.csv and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def orders(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def many(count: int) -> list[str]:
    """Good orders, so that one bad row stays below the share that stops an ingest."""
    return [f"g{i},c{i % 9},2024-03-{i % 28 + 1:02d} 10:00:00,{i}.50" for i in range(count)]


def load(home: Path, source: Path | str, settings: Settings | None = None, mapping: Path | None = None):
    return ingest(home, source, settings or Settings(), publish.new_run_id(), mapping)


def rows(home: Path, sql: str) -> list[tuple]:
    with publish.open_current(home, "source") as con:
        return con.execute(sql).fetchall()


def test_good_orders_are_loaded_with_types_and_defaults(tmp_path):
    source = write(tmp_path / "in", orders=orders("1,a,2024-01-02T03:04:05+02:00, 12.50 ", "2,a,2024-01-03,0"))
    report = load(tmp_path / "home", source)
    assert report.table("orders").rows_loaded == 2
    found = rows(tmp_path / "home", "select order_id, ordered_at::varchar, revenue, status, discount from orders")
    assert found == [
        ("1", "2024-01-02 01:04:05", 12.5, "completed", None),
        ("2", "2024-01-03 00:00:00", 0.0, "completed", None),
    ]


def test_missing_column_names_what_is_there_and_the_line_that_mends_it(tmp_path):
    source = write(tmp_path / "in", orders="Invoice,customer_id,ordered_at,revenue\n1,a,2024-01-01,5\n")
    with pytest.raises(InputError, match=r'order_id.*It has: Invoice.*order_id = "Invoice"'):
        load(tmp_path / "home", source)
