"""A door to what trainings brought: versions, what they keep for their report, comparisons. Nothing here draws."""

from pathlib import Path

import streamlit as st

from models.profit import Terms
from pages.components import data, decisions
from pipelines import comparison as comparison_file
from pipelines import config, economics, promotion_history, version_report
from pipelines import versions as kept
from pipelines.comparison import Comparison
from pipelines.promotion_history import Line
from pipelines.version_report import VersionReport
from pipelines.versions import BLOCKED, IN_USE, NOT_USED, PROPOSED, USED_BEFORE, Version

__all__ = ["BLOCKED", "IN_USE", "NOT_USED", "PROPOSED", "USED_BEFORE", "Comparison", "Line", "Version", "VersionReport"]


def versions() -> list[Version]:
    """Every version, newest first; read anew once one was trained or promoted."""
    return _versions(str(data.home()), kept.stamp(data.home()))


@st.cache_resource(max_entries=4, show_spinner=False)
def _versions(home: str, stamp: str) -> list[Version]:
    return kept.all_versions(Path(home))


def report(version: Version) -> VersionReport | None:
    """What a version keeps for its report; None where it was trained before reports were kept. Not to be changed."""
    return _report(str(version.report_folder))


@st.cache_resource(max_entries=6, show_spinner=False)
def _report(folder: str) -> VersionReport | None:
    return version_report.read(Path(folder))


def terms() -> Terms:
    """What a contact costs and brings under the settings."""
    return economics.terms_of(config.load_settings(data.home()))


def comparison(first: str, second: str) -> tuple[Comparison | None, bool]:
    """What was found when two versions were compared last, and whether features or economics have changed since."""
    found = comparison_file.read(data.home(), first, second)
    stale = found is not None and comparison_file.is_stale(data.home(), found, config.load_settings(data.home()))
    return found, stale


def in_use_before() -> str | None:
    """The version that a roll back leads to."""
    return promotion_history.before(data.home())


def promotions() -> list[Line]:
    """Who put which version to use when and why, newest first; none where that cannot be read, which is then told."""
    return decisions.tried(lambda: promotion_history.history(data.home()), [])


def label_changes(version: Version) -> bool:
    """Whether a version answers another question than the settings ask now, so that it would bring its own back."""
    present = config.load_settings(data.home()).churn.model_dump()
    return any(present.get(key) != value for key, value in version.facts["label"].items())
