"""What every page is made of: frame, head, tiles, cards, empty states. Native elements first."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import altair as alt
import streamlit as st

from pages.components import access, data, sentences, words
from pages.components.tile import Tile

STATIC = Path(__file__).resolve().parents[2] / "static"


def frame() -> None:
    """What surrounds every page: the product's name and the style sheet."""
    st.logo(str(STATIC / "logo.svg"), icon_image=str(STATIC / "icon.svg"), size="medium")
    st.html(STATIC / "pages.css")


def head(title: str, run: Mapping[str, Any]) -> None:
    """Title, and under it what is predicted, horizon, as-of date, model version and how many customers."""
    with st.container(gap=None):
        st.title(words.literal(title), anchor=False)
        st.caption(words.literal(sentences.prediction(run)))
        if sentences.has_model(run) and run.get("model_note"):
            st.caption(words.literal(run["model_note"]))


def model_state(run: Mapping[str, Any]) -> None:
    """Why nobody has a churn risk, and what to do; nothing where a model is in use."""
    if not sentences.has_model(run):
        found, rest = sentences.first_sentence(run["model_note"])
        finding(words.literal(found), words.literal(f"{rest} {run['model_advice']}"))


def finding(found: str, rest: str) -> None:
    """What the page lacks, in bold, and below it why and the next step; both may hold Markdown."""
    with st.container(border=True):
        st.markdown(f"**{found}**  \n{rest}")


def evidence() -> None:
    """What there is to learn from, beside what is needed and why."""
    rules = sentences.evidence(data.sufficiency())
    st.table(
        rules.set_index(rules.columns[0]).style.format(thousands=",", precision=0)
    )  # its cells wrap: the reasons are sentences


def tiles(entries: list[Tile]) -> None:
    """One row of figures of one height; they stack on a narrow screen."""
    places = st.container(key="tiles").columns(len(entries), gap="small")
    for place, tile in zip(places, entries, strict=True):
        place.metric(
            tile.label,
            words.literal(tile.value),
            tile.change,
            help=words.literal(tile.help),
            border=True,
            height="stretch",
            delta_color="off",
            delta_arrow="off" if tile.is_up is None else "up" if tile.is_up else "down",
            delta_description=words.literal(tile.note) or None,
            chart_data=list(tile.trend) or None,
        )


def say(sentence: str, is_verdict: bool = False) -> None:
    """A sentence written from data, in bold where it is the page's verdict."""
    text = words.literal(sentence)
    st.markdown(f"**{text}**" if is_verdict else text)


@contextmanager
def card(title: str, note: str = "", help_text: str | None = None) -> Iterator[None]:
    """A bordered place for one chart: its finding as title, scope and n underneath."""
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.markdown(f"**{words.literal(title)}**", help=help_text)
        if note:
            st.caption(words.literal(note))
        yield


def draw(
    chart: alt.Chart | alt.LayerChart | None,
    otherwise: str = "Nothing to draw: no customer is scored.",
    text: str | None = None,
) -> None:
    """A chart in its place, or the sentence that says why there is none.

    `text` is what a screen reader says instead of the picture; without it the chart's own description.
    """
    if chart is None:
        st.caption(otherwise)
    else:
        st.altair_chart(chart, alt=text)


def no_data(title: str) -> None:
    """What a page shows before the first publication: what is missing and the commands that fill it."""
    st.title(title, anchor=False)
    first_steps()


def first_steps() -> None:
    """The commands that fill an empty home, one card each."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("There is no list yet. Ways to get one:", width="content")
        st.page_link(
            access.page("data_health"), label="Drop your files here →", query_params={"show_data": "New upload"},
            help="Looks at the files, suggests what is what, shows what would come of it, and loads.",
        )  # fmt: skip
    for column, (name, note, command) in zip(st.columns(3), _first_steps(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{name}**")
            st.caption(note)
            st.code(command, language="bash", wrap_lines=True)
    st.caption(f"Looked in `{data.home()}`. This page fills itself once a run has published; reload it then.")


def _first_steps() -> list[tuple[str, str, str]]:
    home = data.home()
    python = "python -m pipelines"
    return [
        (
            "Your shop",
            "A folder with an orders file; tickets, customers and the rest make it better.",
            f"{python} refresh FOLDER --home {home}",
        ),
        (
            "A sample shop",
            "5,000 invented customers, to look around.",
            f"{python} sample --customers 5000 --seed 7 --to shop\n{python} refresh shop --home {home}",
        ),
        ("Data is loaded already", "Train, score and publish what was ingested.", f"{python} refresh --home {home}"),
    ]


def nothing_found(message: str) -> None:
    """An empty result that says what to do, at the place where the result would be."""
    with st.container(border=True, horizontal_alignment="center", height=180, vertical_alignment="center"):
        st.markdown(words.literal(message), width="content")


def own_value(key: str, options: Collection[Any]) -> None:
    """Forget what a control of the same name on another page left; names stand in the address, and short ones meet."""
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]


def went_wrong() -> None:
    """The answer to any unexpected error; the log has the details."""
    st.markdown("### This page could not be drawn")
    st.markdown(
        "The data is unharmed. Reload the page; if it happens again, publish anew with "
        f"`python -m pipelines refresh --home {data.home()}` and look at the server's log."
    )
