"""The live map page."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard.api import Api
from dashboard.badge import empty, header
from dashboard.compact import Known, changes
from dashboard.map_component import draw_map, send_base, send_changes
from dashboard.watch import Look, Watch

REFRESH_S = 5.0
NEW_BASE_AFTER = 200
"""Changes after which the page is given the whole again: a refresh stays small."""
WINDOWS = {"Last day": 1, "Week": 7, "Month": 30}
SIZES: dict[str, float | None] = {"All sizes": None, "M2.5+": 2.5, "M4.5+": 4.5, "M6+": 6.0}


def map_page(api: Api, open_event: Callable[[str], None]) -> None:
    """The world, its earthquakes and alerts; looks after itself once it is open. `open_event` shows one `quake_id`."""
    days, smallest = _choices()
    if asked_for := draw_map():
        open_event(asked_for)
    asked = (days, smallest)
    base = st.session_state.get("base")
    if base is None or base["asked"] != asked:
        base = _new_base(asked, _look(api, days).known.at_least(smallest))
    send_base(base["known"], base["number"])
    _refresh(api, days, smallest)


@st.fragment(run_every=REFRESH_S)
def _refresh(api: Api, days: int, smallest: float | None) -> None:
    look = _look(api, days)
    known, base = look.known.at_least(smallest), st.session_state["base"]
    changed = changes(base["known"], known)
    if len(changed) > NEW_BASE_AFTER:
        _new_base(base["asked"], known)
        st.rerun()
    stream_url = (look.about or {}).get("stream_url")
    send_changes(changed, base["number"], header(look.status, look.problem), empty(look.status), stream_url)


def _new_base(asked: tuple[int, float | None], known: Known) -> dict[str, Any]:
    number = st.session_state.get("base", {}).get("number", 0) + 1
    st.session_state["base"] = {"asked": asked, "known": known, "number": number}
    return st.session_state["base"]


def _choices() -> tuple[int, float | None]:
    with st.container(horizontal=True):
        window = st.segmented_control(
            "Time span", list(WINDOWS), default="Last day", required=True, label_visibility="collapsed"
        )
        size = st.segmented_control(
            "Magnitude", list(SIZES), default="All sizes", required=True, label_visibility="collapsed"
        )
    return WINDOWS[window], SIZES[size]


def _look(api: Api, days: int) -> Look:
    return _watch(api, days).look(datetime.now(UTC))


@st.cache_resource
def _watch(_api: Api, days: int) -> Watch:
    return Watch(_api, days)
