"""Pages with parts: one control that stands in the URL, a title for each part, and the way from one to another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.components import widgets

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Parts:
    """The parts of a page: the control's name in the URL, the parts with their labels, the first one open unasked.

    `titles` has the page's title while a part is open; a page with one title for all leaves it empty.
    """

    key: str
    labels: Mapping[str, str]
    titles: Mapping[str, str] = field(default_factory=dict)

    def choose(self) -> str:
        """The part that is open, with the control that chooses it."""
        st.session_state.update(st.session_state.pop(self._next, {}))
        widgets.own_value(self.key, self.labels)
        return st.segmented_control(
            "Part", list(self.labels), key=self.key, default=next(iter(self.labels)), required=True,
            format_func=self.labels.get, bind="query-params", label_visibility="collapsed",
        )  # fmt: skip

    def head(self, run: Record | None) -> str:
        """The part that is open: its title and what is predicted, the control to the right of it.

        Before the first publication nothing can be said about a prediction: `run` is None.
        """
        widths = [9, 4] if len(self.labels) < 4 else [7, 6]
        title_place, part_place = st.columns(widths, vertical_alignment="bottom")
        with part_place, st.container(horizontal=True, horizontal_alignment="right"):
            part = self.choose()
        with title_place:
            if run is None:
                st.title(self.titles[part], anchor=False)
            else:
                widgets.head(self.titles[part], run)
        return part

    def go(self, part: str, **state: Any) -> None:
        """Open another part at once, with values for its controls."""
        st.session_state[self._next] = {self.key: part, **state}
        st.rerun()

    @property
    def _next(self) -> str:
        """Where a part and its controls wait for the next rerun: a control that is drawn cannot be set."""
        return f"{self.key}_next"
