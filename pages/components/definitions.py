"""A door to the definition of churn: the label lab's kept result, the settings in use, and changing them.

What the lab found is kept while its file is the same; settings and their history are asked anew each time.
"""

from pathlib import Path
from typing import Any

import streamlit as st

from pages.components import data, decisions
from pipelines import config, lab_file, publish, settings_file
from pipelines.config import Settings
from pipelines.errors import InputError

KEYS = ("churn.eligibility", "churn.horizon_days")


def settings() -> Settings:
    """The settings as they stand in the file and the environment now; the defaults where the file is wrong."""
    try:
        return config.load_settings(data.home())
    except InputError as error:
        decisions.problem(str(error))
        return Settings()


def lab() -> dict[str, Any] | None:
    """The kept result of the label lab; None where there is none, or an older version wrote it."""
    path = data.home() / lab_file.LAB_FILE
    return _lab(str(data.home()), path.stat().st_mtime_ns) if path.exists() else None


@st.cache_data(max_entries=3, show_spinner=False)
def _lab(home: str, _changed: int) -> dict[str, Any] | None:
    return lab_file.read(Path(home))


def stale(found: dict[str, Any]) -> str:
    """Why a result no longer answers for the present, as a clause; empty while it does."""
    source = publish.current(data.home(), "source")
    return lab_file.stale(found, _data_hash(str(data.home()), str(source)) if source else None, settings())


@st.cache_data(max_entries=3, show_spinner=False)
def _data_hash(home: str, _source: str) -> str | None:
    return lab_file.data_hash_of(Path(home))


def held_by() -> str:
    """The environment variable that holds the definition, which no page can then change; empty where none does."""
    return next(iter(settings_file.overridden(KEYS).values()), "")


def fingerprint() -> str:
    """What the settings file is now: shown with a choice, and named when it is made."""
    return settings_file.fingerprint(data.home())


def choose(eligibility: str, horizon_days: int, why: str, seen: str) -> bool:
    """Put a definition into the settings for whoever decides; False where it was refused, which is then told."""
    wanted = dict(zip(KEYS, (eligibility, horizon_days), strict=True))
    try:
        settings_file.change(data.home(), wanted, decisions.person(), why, seen)
    except InputError as error:
        decisions.problem(str(error))
        return False
    return True


def history() -> list[Any]:
    """Changes of the definition, newest first: setting, before, after, changed_at, changed_by, why."""
    try:
        return [line for line in settings_file.history(data.home()) if line.setting.startswith("churn.")]
    except InputError as error:
        decisions.problem(str(error))
        return []
