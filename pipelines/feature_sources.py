"""From which source tables each feature comes: read from the SQL files, so that it cannot fall behind them."""

import re
from collections.abc import Mapping

from pipelines.attributes import PREFIX
from pipelines.contract import TABLES
from pipelines.warehouse import SqlFile, read_folder
from pipelines.words import SPINE, words_of

_FOLDERS = ("features", "facts", "keys", "staging")
_CUSTOMERS = frozenset({"customers"})
_NUMBERS = {SPINE, "customer_numbers", "customer_keys"}  # who is looked at, not what is known of them
# What facts of orders can do without is behind a feature only if its file speaks of it.
_OF_LINES = re.compile(r"\b(items|products|new_products|new_categories)\b")


def feature_sources() -> dict[str, frozenset[str]]:
    """Contract tables behind each feature that has words; who is in a snapshot does not count as a source."""
    files = {file.name: file for folder in _FOLDERS for file in read_folder(folder)}
    found: dict[str, frozenset[str]] = {}
    for file in read_folder("features"):
        tables = _tables_behind(file, files, {file.name}) | ({"order_lines"} if _OF_LINES.search(file.text) else set())
        found |= {word.feature: tables for word in words_of(file)}
    return found


def sources_of(feature: str, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Contract tables behind one feature; an attribute comes from customers, the time of year from none."""
    return known.get(feature, _CUSTOMERS if feature.startswith(PREFIX) else frozenset())


def _tables_behind(file: SqlFile, files: Mapping[str, SqlFile], seen: set[str]) -> frozenset[str]:
    """Contract tables that a file reads, directly or through others."""
    found: set[str] = set()
    for name in file.references - _NUMBERS:
        if name in TABLES:
            found.add(name)
        elif name in files and name not in seen:
            found |= _tables_behind(files[name], files, seen | {name})
    return frozenset(found)
