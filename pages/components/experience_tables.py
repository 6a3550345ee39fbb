"""The table behind a chart of the experience page."""

import pandas as pd

from pages.components import segment_view, words
from pages.components.experience_charts import MONTH


def behind(frame: pd.DataFrame, alt: str) -> None:
    """The same rows as a table, on demand, months as `Nov 2026`."""
    shown = frame.assign(**{MONTH: frame[MONTH].map(words.month)}) if MONTH in frame else frame
    segment_view.behind(shown, alt)
