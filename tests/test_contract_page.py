"""The page on the data contract says what the loader does: tables, columns, types, rules, mapping keys and formats."""

import re
from pathlib import Path

import pytest

from pipelines.contract import SURVEY_RANGES, TABLES, Column
from pipelines.mapping import TableMapping, load_mapping
from pipelines.source import KINDS
from tests.ingest_cases import good, load, orders, write

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "data" / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below a heading, up to the next one of its level or above."""
    level = re.search(rf"^(#+) {re.escape(title)}$", PAGE, re.MULTILINE)
    assert level, f"data/README.md has no heading {title}"
    rest = PAGE[level.end() :]
    end = re.search(rf"^#{{1,{len(level[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def table_rows(text: str) -> list[list[str]]:
    """Cells of a Markdown table's body."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def rule(table: str, column: Column) -> str:
    """How the page words a column's rule."""
    if (table, column.name) == ("surveys", "score"):
        return ", ".join(f"{kind} {low}–{high}" for kind, (low, high) in SURVEY_RANGES.items())
    if column.allowed:
        return ", ".join(f"`{word}`" + " (default)" * (word == column.default) for word in column.allowed)
    if column.above is not None:
        return f"> {column.above:g}"
    if column.low is not None:
        return f"{column.low:g}–{column.high:g}" if column.high is not None else f"≥ {column.low:g}"
    return f"→ `{column.refers_to}`" if column.refers_to else ""


def test_tables_stand_in_the_order_of_the_contract():
    assert re.findall(r"^### (\w+)$", PAGE, re.MULTILINE) == list(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_columns_types_and_rules_are_those_of_the_loader(name):
    text = section(name)
    written = [row[:3] for row in table_rows(text)]
    expected = [[f"`{c.name}`" + "*" * c.is_required, c.type, rule(name, c)] for c in TABLES[name].columns]
    assert written == expected
    assert f"Key: {', '.join(f'`{key}`' for key in TABLES[name].key)}." in text
    assert TABLES[name].grain.split()[0] in text


def test_every_key_of_a_mapping_is_explained_and_no_other():
    assert {row[0].strip("`") for row in table_rows(section("Mapping"))} == set(TableMapping.model_fields)


def test_every_kind_of_file_is_listed_and_no_other():
    listed = {end for row in table_rows(section("Formats")) for end in re.findall(r"`(\.\w+)`", row[1])}
    assert listed == set(KINDS)


def test_example_of_a_mapping_is_one_that_loads(tmp_path):
    text = re.search(r"```toml\n(.*?)```", section("Mapping"), re.DOTALL)[1]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "mapping.toml").write_text(text)
    assert "orders" in load_mapping(tmp_path / "in" / "mapping.toml")
    lines = "Invoice;Customer ID;InvoiceDate;Quantity;Price\n1;a;31.12.2023 10:00;2;1,50\n1;a;31.12.2023 09:00;1;0,5\n"
    (tmp_path / "in" / "Online Retail.csv").write_text(lines)
    assert load(tmp_path / "home", tmp_path / "in").table("orders").rows_loaded == 1


def test_links_of_the_page_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "data" / target).exists()
    for anchor in re.findall(r"\]\(#([^)]+)\)", PAGE):
        assert re.search(rf"^#+ {anchor}$", PAGE, re.MULTILINE | re.IGNORECASE)


def test_every_table_of_the_contract_loads_with_its_required_columns_alone(tmp_path):
    examples = {"integer": "1", "number": "1", "money": "1", "timestamp": "2024-01-01", "boolean": "true", "text": "x"}
    files = {}
    for name, table in TABLES.items():
        columns = [column for column in table.columns if column.is_required]
        values = [column.allowed[0] if column.allowed else examples[column.type] for column in columns]
        files[name] = ",".join(column.name for column in columns) + "\n" + ",".join(values) + "\n"
    report = load(tmp_path / "home", write(tmp_path / "in", **files | {"orders": orders(*good(2))}))
    assert all(table.rows_loaded and not table.rows_rejected for table in report.tables)
