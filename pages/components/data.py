"""The one door from pages to the pipelines: which warehouse is current, one connection to it, cached answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import streamlit as st

from pipelines import config, publish, queries

Answer = TypeVar("Answer")


def home() -> Path:
    """The home folder: `$STAMMKUNDE_HOME`, else `data/`."""
    return config.home_folder()


def warehouse() -> Path | None:
    """The published warehouse, resolved anew on each call, so that a new one is seen on the next rerun."""
    return publish.current(home(), "warehouse")


def ask(question: Callable[..., Answer], *arguments: Any) -> Answer:
    """The answer of a function of `pipelines.queries`, from cache while the same warehouse is published.

    Answers are shared between visitors as copies and must stay small (at most a few hundred rows).
    """
    return _answer(str(warehouse()), question.__name__, arguments)


def is_published() -> bool:
    """Whether there is a warehouse with the tables the pages need."""
    return warehouse() is not None


@st.cache_resource(max_entries=3, show_spinner=False)
def _connection(path: str) -> duckdb.DuckDBPyConnection:
    """One read-only connection per published file and server; connecting costs 50 ms, a cursor nothing."""
    con = duckdb.connect(path, read_only=True)
    con.execute("set timezone = 'UTC'")
    # A page asks this file alone: no other files, and no Python object that happens to have a table's name.
    con.execute("set python_enable_replacements = false")
    con.execute("set enable_external_access = false")
    return con


@st.cache_data(max_entries=500, show_spinner=False)
def _answer(path: str, question: str, arguments: tuple[Any, ...]) -> Any:
    return getattr(queries, question)(_connection(path).cursor(), *arguments)
