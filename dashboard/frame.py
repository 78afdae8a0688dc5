"""What all pages have in common: the bar with their names, a heading with the service's state, cards, the notice."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.api import Api, ApiError, Row
from dashboard.badge import NOTICE, header
from dashboard.patience import insistent
from dashboard.words import ago

STYLE = Path(__file__).with_name("assets") / "frame.css"
REFRESH_S = 15.0
COLOURS = {"LIVE": "green", "REPLAY": "blue", "SIMULATE": "blue", "HINDSIGHT": "violet"}
"""Badges that are no trouble; the others are orange."""
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5cad"/>'
    '<path d="M3 17h6l3-9 5 17 4-12 2 4h6" fill="none" stroke="#fff" stroke-width="2.6"/></svg>'
)


def page_bar(pages: Sequence[Any]) -> None:
    """The name of the service and links to its pages."""
    st.html(f"<style>{STYLE.read_text()}</style>")
    with st.container(horizontal=True, key="bar", vertical_alignment="center"):
        st.html('<div class="brand"><i></i><span>Quakestream</span></div>', width="content")
        for page in pages:
            st.page_link(page, width="content")


def heading(title: str, about: str) -> None:
    """The page's name and what it is for."""
    st.html(f'<div class="heading"><h1>{title}</h1><p>{about}</p></div>')


def looked_after(api: Api, draw: Callable[[], None] = lambda: None, every_s: float = REFRESH_S) -> None:
    """State of the service and what `draw` draws, again every few seconds; while the API is away the page says so."""

    @st.fragment(run_every=every_s)
    def refresh() -> None:
        state(api)
        insistent(draw)

    refresh()


def foot() -> None:
    """The standing notice."""
    st.caption(NOTICE)


def state(api: Api) -> None:
    """Badges of the service, and what is wrong, if anything is."""
    try:
        line = header(api.status())
    except ApiError:
        return
    badges = " ".join(f":{COLOURS.get(label, 'orange')}-badge[{label}]" for label in line.badges)
    heard = "" if line.feed_age_s is None else f"feed heard {ago(line.feed_age_s)} ago"
    st.markdown(f"{badges} :small[{' · '.join(filter(None, (line.clock, heard)))}]")
    if line.problem:
        st.warning(line.problem)


@contextmanager
def card(title: str, about: str = "") -> Iterator[None]:
    """A frame around one thing."""
    with st.container(border=True):
        st.markdown(f"## {title}", help=about or None)
        yield


def figures(values: Row) -> None:
    """A row of figures with their names."""
    with st.container(horizontal=True):
        for name, value in values.items():
            st.metric(name, value, width="content")
