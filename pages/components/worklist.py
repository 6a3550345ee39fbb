"""The worklist's controls: filters, scope, order and page. Their state lives in the URL, the work in the database."""

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from models.lifecycle import STAGES
from models.segments import RISK_BANDS
from models.wording import symbol_of
from pages.components import data, decision_words, decisions, journey_words, persona_names, sentences, words
from pages.components import worklist_words as own
from pages.components.data import ListFilter, ListOrder, Marked
from pages.components.expansion_words import OPPORTUNITIES

SIZE = 50
DIRECTIONS = ("highest first", "lowest first")
SCOPES = (own.SUGGESTED, own.PLANNED, own.EVERYBODY)
STATES = ("none", "open", "approved", "snoozed", "done", "dropped")
# Every filter by its name in the address, with the value it starts with.
DEFAULTS = {
    "search": "", "action": [], "segment": [], "owner": [], "status": [], "stage": [], "band": [], "channel": [],
    "persona": [], "journey": [], "trouble": [], "opportunity": [], "min_value": 0, "expected_from": 0,
    "expected_to": 0, "held_out": False, "snoozed": False, "show": own.SUGGESTED, "page": 1,
}  # fmt: skip
MORE = (
    "stage", "band", "channel", "persona", "journey", "trouble", "opportunity", "min_value", "expected_from",
    "expected_to", "held_out", "snoozed",
)  # fmt: skip
# Fields of a filter by the control that sets them.
FIELDS = {"segment": "segments", "stage": "stages", "band": "bands", "channel": "channels", "action": "actions",
          "persona": "personas", "journey": "journeys", "trouble": "troubles", "opportunity": "opportunities",
          "min_value": "min_value", "expected_from": "expected_from",
          "expected_to": "expected_to", "search": "search"}  # fmt: skip


def first_page() -> None:
    """A changed filter or order starts at page one again."""
    st.session_state["page"] = 1


def reset() -> None:
    """Put every filter back to its start; the address follows, the order stays."""
    st.session_state.update(DEFAULTS)


def filters(options: Mapping[str, Sequence[str]], titles: Mapping[str, str], run: dict) -> ListFilter:
    """One row of filters; what does not occur in the data is not offered."""
    places = st.container(key="filters").columns([1.5, 1.5, 1.2, 1.1, 1.1, 0.9], gap="small",
                                                 vertical_alignment="bottom")  # fmt: skip
    with places[0]:
        st.text_input("Customer", key="search", placeholder="Name or number", icon=":material/search:",
                      on_change=first_page, bind="query-params")  # fmt: skip
    with places[1]:
        _choice("Suggested action", "action", words.in_order(list(options["actions"]), tuple(titles)), titles)
    with places[2]:
        _choice("Segment", "segment", sorted(options["segments"]))
    with places[3]:
        _choice("Owner", "owner", ["", *decisions.task_owners()], {"": own.NOBODY})
    with places[4]:
        _choice("Status", "status", STATES, decision_words.STATUSES)
    with places[5]:
        set_ones = sum(_is_set(name) for name in MORE)
        with st.popover(f"More filters ({set_ones})" if set_ones else "More filters", key="more", width="stretch"):
            _more(options, run)
    return _chosen(sentences.has_model(run))


def _is_set(name: str) -> bool:
    """Whether a filter is set: by its control or, before that is drawn for the first time, by the address."""
    if name in st.session_state:
        return bool(st.session_state[name] != DEFAULTS[name])
    return name in st.query_params


def _more(options: Mapping[str, Sequence[str]], run: dict) -> None:
    """The filters that are needed less often."""
    has_risk, symbol = sentences.has_model(run), symbol_of(run["currency"])
    _choice("Lifecycle stage", "stage", words.in_order(list(options["stages"]), STAGES))
    _choice("Risk band", "band", words.in_order(list(options["bands"]), RISK_BANDS[::-1]))
    _choice("May be contacted by", "channel", options["channels"])
    personas = persona_names.names()
    if personas:
        _choice("Persona", "persona", list(personas), personas)
    cells = data.journey_listed()
    if cells:
        _choice("Touchpoint and stage", "journey", list(cells), journey_words.cell_names(cells))
    troubles = data.proactive_states()
    if troubles:
        _choice("No ticket yet", "trouble", list(troubles))
    offers = data.expansion_opportunities()
    if offers:
        _choice("Could be offered", "opportunity", offers, OPPORTUNITIES)
    _amount(f"Value at risk from, {symbol}", "min_value", has_risk)
    for place, (label, key) in zip(
        st.columns(2), (("Expected value from", "expected_from"), ("below", "expected_to")), strict=True
    ):
        with place:
            _amount(f"{label}, {symbol}", key, has_risk)
    st.toggle("Show held-out", key="held_out", on_change=first_page, bind="query-params",
              help="Held-out customers are the control group: left alone, so that the effect on the others can be "
              "measured. Do not contact them.")  # fmt: skip
    st.toggle("Show snoozed", key="snoozed", on_change=first_page, bind="query-params",
              help="Customers who were put off rest out of sight until their day.")  # fmt: skip


def _chosen(has_risk: bool) -> ListFilter:
    """The filter that the controls say."""
    state = {key: st.session_state.get(key, start) for key, start in DEFAULTS.items()}
    if not has_risk:
        state |= {"band": [], "min_value": 0, "expected_from": 0, "expected_to": 0}
    given = {field: tuple(state[key]) if isinstance(state[key], list) else state[key] for key, field in FIELDS.items()}
    given["personas"] = given["personas"] if data.persona_names() else ()
    given["journeys"] = given["journeys"] if data.journey_listed() else ()
    given["troubles"] = given["troubles"] if data.proactive_states() else ()
    given["opportunities"] = given["opportunities"] if data.expansion_opportunities() else ()
    money = {name: float(given[name]) for name in ("min_value", "expected_from", "expected_to")}
    return ListFilter(**{**given, **money, "search": given["search"].strip()}, hide_held_out=not state["held_out"])


def decided() -> Marked:
    """Whom the filters by owner and status leave, from the workflow database."""
    owners, states = st.session_state.get("owner", []), st.session_state.get("status", [])
    found = decisions.choice(owners, states, st.session_state.get("snoozed", False))
    if found.is_cut:
        st.caption("The filters by owner and status look at the newest 20,000 tasks.")
    return Marked(found.only, found.without)


def _choice(label: str, key: str, options: Sequence[str], names: Mapping[str, str] | None = None) -> None:
    """Several of the words that occur in a column, written as people write them."""
    kept = st.session_state.get(key)
    if kept and not set(kept) <= set(options):  # of a saved view: what no longer occurs cannot be chosen
        st.session_state[key] = [word for word in kept if word in options]
    st.multiselect(
        label, options, key=key, format_func=lambda word: (names or {}).get(word) or words.label(word),
        placeholder="All", on_change=first_page, disabled=not options, wrap=False, bind="query-params",
    )  # fmt: skip


def _amount(label: str, key: str, is_possible: bool) -> None:
    st.number_input(label, min_value=0, step=50, key=key, disabled=not is_possible, on_change=first_page,
                    bind="query-params")  # fmt: skip


def scope(has_plan: bool) -> str:
    """Whom the list holds: those with a suggestion, those of the plan, or everybody looked at."""
    scopes = SCOPES if has_plan else (own.SUGGESTED, own.EVERYBODY)
    if st.session_state.get("show") not in (None, *scopes):
        st.session_state["show"] = own.SUGGESTED
    return st.segmented_control("Show", scopes, key="show", required=True, default=own.SUGGESTED,
                                on_change=first_page, label_visibility="collapsed", bind="query-params")  # fmt: skip


def sorts(run: dict, has_actions: bool = True) -> dict[str, str]:
    """By what the list can be sorted, first the order it starts with."""
    if not sentences.has_model(run):
        return own.PLAIN_SORTS
    return {key: name for key, name in own.SORTS.items() if has_actions or key != "expected_net"}


def order(known: Mapping[str, str]) -> ListOrder:
    """By what the list is sorted, chosen here or by a click on a column's head."""
    if st.session_state.get("sort") not in (None, *known):
        st.session_state["sort"] = next(iter(known))  # of a saved view: another model may know other orders
    by = st.selectbox("Sorted by", list(known), key="sort", format_func=known.get, width=164,
                      on_change=first_page, label_visibility="collapsed", bind="query-params")  # fmt: skip
    way = st.selectbox("Direction", DIRECTIONS, key="order", width=126, on_change=first_page,
                       label_visibility="collapsed", bind="query-params")  # fmt: skip
    return ListOrder(by, way == DIRECTIONS[0])


def paging(customers: int) -> int:
    """Page buttons for the filtered list; a page that no longer exists becomes the last one."""
    pages = max(-(-customers // SIZE), 1)
    if st.session_state.get("page", 1) > pages:
        st.session_state["page"] = pages
    return st.pagination(pages, key="page", max_visible_pages=5, bind="query-params")


def position(page: int, customers: int) -> str:
    """Which rows of how many are shown: `51–100 of 4,356`."""
    first = (page - 1) * SIZE + 1
    return f"{words.count(first)}–{words.count(min(first + SIZE - 1, customers))} of {words.count(customers)}"


def today() -> date:
    """The day by which snoozed customers rest."""
    return date.today()
