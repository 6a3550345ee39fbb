"""The overview as a file: one page of PDF for paper and mail, and the same page as a picture."""

from functools import partial

import streamlit as st

from pages.components import data

_KINDS = {
    "pdf": ("PDF", "application/pdf", "One page A4: these figures and pictures, drawn as vectors, with definitions."),
    "png": ("PNG", "image/png", "The same page as a picture, for a mail or a slide."),
}


def show() -> None:
    """Two buttons side by side; the file is drawn when one is pressed, from what is published at that moment."""
    with st.container(horizontal=True, width="content", gap="small", key="report_buttons"):
        for kind, (label, mime, told) in _KINDS.items():
            made = partial(data.report_file, kind)
            st.download_button(label, made, f"overview.{kind}", mime, key=f"report_{kind}", help=told,
                               on_click="ignore", width="content")  # fmt: skip
