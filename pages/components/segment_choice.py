"""Which customers are chosen on the page of segments: by clicks or by hand, in the address, as a filter of the list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.components import access, data, decisions, journey_words, widgets, words
from pages.components import segment_words as own
from pages.components import worklist_words as listed
from pages.components.data import ListFilter
from pages.components.expansion_words import OPPORTUNITIES

Record = Mapping[str, Any]
EVERYBODY = ListFilter(hide_held_out=False)
START: dict[str, Any] = {"worth": None, "risk": [], "rfm": [], "life": [], "who": [], "offer": []}


def clear() -> None:
    """Choose everybody."""
    st.session_state.update(START)


def choose(**picked: Any) -> None:
    """Put a click's choice into the controls; a second click on what is chosen alone takes it back."""
    is_same = all(st.session_state.get(key) == value for key, value in picked.items())
    st.session_state.update({key: START[key] for key in picked} if is_same else picked)


def controls_of(
    chosen: ListFilter, edges: Sequence[Record], names: Mapping[str, str], offers: Sequence[str]
) -> dict[str, Any] | None:
    """What the page's controls must say to mean a filter; None where they cannot, or no longer can."""
    found = {
        "risk": list(chosen.bands), "rfm": list(chosen.segments), "life": list(chosen.stages),
        "who": list(chosen.personas), "offer": list(chosen.opportunities),
    }  # fmt: skip
    ends = chosen.expected_from, chosen.expected_to
    worth = next((edge for edge in edges if (edge["value_from"], edge["value_to"] or 0) == ends), None)
    spoken = replace(EVERYBODY, segments=chosen.segments, stages=chosen.stages, bands=chosen.bands,
                     personas=chosen.personas, opportunities=chosen.opportunities, expected_from=ends[0],
                     expected_to=ends[1], hide_held_out=chosen.hide_held_out)  # fmt: skip
    is_known = set(found["who"]) <= set(names) and set(found["offer"]) <= set(offers) and (worth or not any(ends))
    if spoken != chosen or not is_known:
        return None
    return {"worth": int(worth["value_class"]) if worth and any(ends) else None, **found}


def chart_key(name: str) -> str:
    """The chart's key in this round; a new round is a fresh chart with nothing clicked."""
    return f"{name}_{st.session_state.get(f'{name}_round', 0)}"


def clicked(name: str) -> Record | None:
    """The square that was clicked, with the fields it stands for; the next chart starts afresh."""
    squares = st.session_state[chart_key(name)]["selection"]["square"]
    if squares:
        st.session_state[f"{name}_round"] = st.session_state.get(f"{name}_round", 0) + 1
    return squares[0] if squares else None


def controls(
    edges: Sequence[Record], options: Mapping[str, Sequence[str]], names: Mapping[str, str], run: Record
) -> ListFilter:
    """One row that says who is chosen and lets anybody choose by hand; returns the filter of the list."""
    classes = own.class_names(edges)
    places = st.container(key="filters").columns([1, 1, 1, 1, 1.2, 1], gap="small")
    with places[0]:
        amounts = ", ".join(
            f"{classes[edge['value_class']].lower()} {own.value_class(edge, run['currency'])}" for edge in edges
        )
        worth = st.selectbox("Expected value", list(classes), index=None, key="worth", format_func=classes.get,
                             placeholder="All", disabled=not classes, bind="query-params",
                             help=words.literal(f"Fifths of the scored customers: {amounts}."))  # fmt: skip
    with places[1]:
        bands = _several("Risk band", "risk", words.in_order(list(options["bands"]), own.BANDS))
    with places[2]:
        groups = _several("RFM group", "rfm", _groups("segment"))
    with places[3]:
        stages = _several("Lifecycle stage", "life", _groups("lifecycle_stage"))
    with places[4]:
        personas = _several("Persona", "who", list(names), names)
    with places[5]:
        offers = _several("Could be offered", "offer", data.expansion_opportunities(), OPPORTUNITIES)
    edge = next((edge for edge in edges if edge["value_class"] == worth), None)
    return ListFilter(
        segments=tuple(groups),
        stages=tuple(stages),
        bands=tuple(bands),
        personas=tuple(personas),
        opportunities=tuple(offers),
        expected_from=float(edge["value_from"]) if edge else 0.0,
        expected_to=float(edge["value_to"] or 0) if edge else 0.0,
        hide_held_out=False,
    )


def _groups(dimension: Any) -> list[str]:
    """The groups of a dimension from best to gone, also those of whom nobody is looked at any more."""
    return own.ordered(list(data.segment_groups(dimension)["group_name"]), dimension)


def _several(label: str, key: str, options: Sequence[str], names: Mapping[str, str] | None = None) -> list[str]:
    """Several of the words that occur, written as people write them."""
    shown = {word: (names or {}).get(word) or words.label(word) for word in options}
    return st.multiselect(label, list(shown), key=key, format_func=lambda word: shown.get(word, word),
                          placeholder="All", wrap=False, disabled=not shown, bind="query-params")  # fmt: skip


def address(chosen: ListFilter, names: Mapping[str, str]) -> dict[str, Any]:
    """The worklist's address that shows the chosen customers."""
    given: dict[str, Any] = {
        "segment": [words.label(word) for word in chosen.segments],
        "stage": [words.label(word) for word in chosen.stages],
        "band": [words.label(word) for word in chosen.bands],
        "channel": [words.label(word) for word in chosen.channels],
        "persona": [names.get(word, words.label(word)) for word in chosen.personas],
        "journey": list(journey_words.cell_names(chosen.journeys).values()),
        "trouble": [words.label(word) for word in chosen.troubles],
        "opportunity": [OPPORTUNITIES.get(kind, words.label(kind)) for kind in chosen.opportunities],
        "action": [data.suggestion_titles().get(word) or words.label(word) for word in chosen.actions],
        "search": chosen.search,
        "min_value": str(int(chosen.min_value)) if chosen.min_value else "",
        "expected_from": str(int(chosen.expected_from)) if chosen.expected_from else "",
        "expected_to": str(int(chosen.expected_to)) if chosen.expected_to else "",
        "show": listed.SUGGESTED if chosen.with_suggestion else listed.PLANNED if chosen.in_plan else listed.EVERYBODY,
    }
    return {name: value for name, value in given.items() if value}


def told(chosen: ListFilter, edges: Sequence[Record], names: Mapping[str, str], currency: str) -> str:
    """A filter in words, as a list of saved segments shows it."""
    low, high = chosen.expected_from, chosen.expected_to
    known = next((edge for edge in edges if edge["value_from"] == low and (edge["value_to"] or 0) == high), None)
    ends = known or {"value_from": low, "value_to": high or None}
    parts = [
        f"expected value {own.value_class(ends, currency)}" if low or high else "",
        " or ".join(f"{band}" for band in chosen.bands) + " risk" if chosen.bands else "",
        " or ".join(chosen.segments),
        " or ".join(chosen.stages),
        " or ".join(names.get(persona, persona) for persona in chosen.personas),
        " or ".join(journey_words.cell_names(chosen.journeys).values()),
        " or ".join(f"{trouble}, no ticket" for trouble in chosen.troubles),
        " or ".join(OPPORTUNITIES.get(kind, kind).lower() for kind in chosen.opportunities),
        "consent for " + " or ".join(chosen.channels) if chosen.channels else "",
        f"value at risk from {words.money(chosen.min_value, currency)}" if chosen.min_value else "",
        f"name or number with “{chosen.search}”" if chosen.search else "",
        "with a suggestion" if chosen.with_suggestion else "",
        "in the plan" if chosen.in_plan else "",
        "suggested: " + " or ".join(data.suggestion_titles().get(one, words.label(one)) for one in chosen.actions)
        if chosen.actions
        else "",
    ]
    return " · ".join(part for part in parts if part) or "everybody looked at"


def figures(chosen: ListFilter, run: Record) -> None:
    """The five figures of the chosen customers beside the whole shop."""
    summary, free = data.list_summary(chosen), data.list_summary(_without_held_out(chosen))
    held_out = summary["customers"] - free["customers"]
    widgets.tiles(own.tiles(summary, data.list_summary(EVERYBODY), run, held_out))


def actions(chosen: ListFilter, names: Mapping[str, str]) -> None:
    """What can be done with the chosen customers."""
    st.button("Choose everybody", type="tertiary", on_click=clear, disabled=chosen == EVERYBODY)
    _save(chosen)
    free = data.list_summary(_without_held_out(chosen))["customers"]
    if st.button("Open in the worklist", type="primary", disabled=not free):
        st.switch_page(access.page("worklist"), query_params=address(chosen, names))


def _without_held_out(chosen: ListFilter) -> ListFilter:
    return data.filter_of({**data.definition_of(chosen), "hide_held_out": True})


def _save(chosen: ListFilter) -> None:
    """Keep what is chosen as a segment for everybody."""
    with st.popover("Save as segment", disabled=chosen == EVERYBODY):
        st.text_input("Name", key="new_name", placeholder="A name, then Enter", max_chars=80)
        st.button("Save", key="keep_segment", on_click=_keep, args=(chosen,))
        st.caption("For everybody: in the worklist and in campaigns. Held-out customers are left away there.")


def _keep(chosen: ListFilter) -> None:
    name = st.session_state["new_name"].strip()
    if name and decisions.keep_segment(name, data.definition_of(_without_held_out(chosen))):
        st.session_state["new_name"] = ""
        st.toast(f"Saved for everybody as “{name}”.")
