"""Trouble found before a ticket exists: on a customer's page, and counted with a way to the worklist."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.components import access, data, widgets, words
from pages.components import proactive_words as own
from pages.components.worklist_words import EVERYBODY

Record = Mapping[str, Any]


def told(troubles: Sequence[Record], run: Record) -> None:
    """One line per trouble of a customer; nothing where there is none."""
    for trouble in troubles:
        st.markdown(f":material/local_shipping: {words.literal(own.told(trouble, run['currency']))}",
                    help=own.HELP[trouble["state"]])  # fmt: skip


def counted(run: Record) -> None:
    """How many customers have which trouble without a ticket, each with a link to them on the worklist."""
    states = data.proactive_states()
    note = f"Customers on the list as of {words.day(run['as_of_date'])}; a ticket or a service contact since ends it"
    with widgets.card("Trouble nobody has written about yet", note):
        if not states:
            st.caption(own.NONE if data.knows_troubles() else own.OLD)
        for state, customers in states.items():
            name = words.label(state)
            st.page_link(
                access.page("worklist"), label=f"{name}: {words.plural(customers, 'customer')} →",
                query_params={"trouble": [name], "show": EVERYBODY, "held_out": "true"}, help=own.HELP[state],
            )  # fmt: skip
