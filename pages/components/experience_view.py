"""The head of the experience page: five figures above every part."""

from pages.components import data, experience_figures, experience_loop, widgets
from pages.components.experience_words import Record


def figures(run: Record) -> None:
    """What customers say, how fast they are answered, who waits for a call."""
    scores = data.experience_scores("shop"), data.experience_scores("month")
    service = data.experience_service("shop"), data.experience_service("month")
    widgets.tiles(experience_figures.tiles(scores, service, experience_loop.counted(), run))
