"""The live map page: what is sent to the map when, and what of it all viewers share."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard.api import Api, ApiError
from dashboard.badge import empty, header, looking_back
from dashboard.compact import Changes, Known, changes
from dashboard.layer import compact_grid
from dashboard.map_component import draw_map, said, send, send_base, send_changes
from dashboard.shared import Shared
from dashboard.watch import Look, Watch
from dashboard.wish import Wish

REFRESH_S = 5.0
NEW_BASE_AFTER = 200
"""Changes after which the page is given the whole again: a refresh stays small."""
GRID_S, PLACES_S, PAST_S = 60.0, 30.0, 300.0
"""How long one viewer's answer serves the others. The past changes only when a report comes late."""


def map_page(api: Api, open_event: Callable[[str], None]) -> None:
    """The world, its earthquakes and alerts; looks after itself once it is open. `open_event` shows one `quake_id`."""
    wish = Wish.of(said("wish"))
    draw_map()
    base = st.session_state.get("base")
    if base is None or base["days"] != wish.days:
        base = _new_base(wish.days, _look(api, wish.days).known)
    send_base(base["known"])
    _refresh(api, open_event)


@st.fragment(run_every=REFRESH_S)
def _refresh(api: Api, open_event: Callable[[str], None]) -> None:
    if quake_id := said("open"):
        open_event(quake_id)
    wish = Wish.of(said("wish"))
    look, base = _look(api, wish.days), st.session_state["base"]
    changed = changes(base["known"], look.known)
    if base["days"] != wish.days or (len(changed) > NEW_BASE_AFTER and wish.as_of is None):
        _new_base(wish.days, look.known)
        st.rerun()
    _tell(api, wish, look, base)
    _send_extras(api, wish)


def _tell(api: Api, wish: Wish, look: Look, base: dict[str, Any]) -> None:
    """What differs from the base, now or as known then; a past that cannot be had is said, and now shown instead."""
    known, line, name = look.known, header(look.status, look.problem), ""
    if wish.as_of is not None:
        try:
            known = _past(api, wish)
            line, name = looking_back(line, wish.as_of), f"{base['known'].number}/{wish.as_of.timestamp():.0f}"
        except ApiError as error:
            wish, line = replace(wish, as_of=None), header(look.status, str(error))
    changed = Changes([], [], []) if name in wish.have else changes(base["known"], known)
    where = {"stream_url": (look.about or {}).get("stream_url"), "keyed": api.keyed, "empty": empty(look.status)}
    when = {"as_of": wish.as_of and wish.as_of.timestamp(), "name": name, "same": name in wish.have}
    send_changes(changed, base["known"].number, line, **where, **when)


def _send_extras(api: Api, wish: Wish) -> None:
    """Forecast layer, places and ticket: each only when asked for, and none stops the map when it cannot be had."""
    as_of = wish.as_of and wish.as_of.isoformat()
    wanted = wish.layer != "none"
    grid = _attempt("grid", lambda: _grid(api, as_of)) if wanted else None
    name = f"grid/{grid['issued_at']}" if grid and "cells" in grid else ""
    send("grid", {"same": True} if name in wish.have else grid, name)
    send("places", _attempt("places", lambda: _places(api, wish.chosen, as_of)) if wish.chosen else None)
    asked = said("ticket")
    send("ticket", _attempt("ticket", lambda: {"number": asked, "ticket": api.ticket()}) if asked else None)


def _attempt(name: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except ApiError as error:
        return {"problem": f"{name}: {error}"}


def _grid(api: Api, as_of: str | None) -> Any:
    grid = _shared().get(("grid", as_of), GRID_S, lambda: compact_grid(api.grid(as_of)))
    return grid or {"problem": "No forecast of the world has been issued yet. It appears here once one has."}


def _places(api: Api, quake_id: str, as_of: str | None) -> Any:
    return _shared().get(("places", quake_id, as_of), PLACES_S, lambda: api.places(quake_id, as_of))


def _past(api: Api, wish: Wish) -> Known:
    watch, as_of = _watch(api, wish.days), wish.as_of
    return _pasts().get((wish.days, as_of), PAST_S, lambda: watch.known_at(as_of))


def _new_base(days: int, known: Known) -> dict[str, Any]:
    st.session_state["base"] = {"days": days, "known": known}
    return st.session_state["base"]


def _look(api: Api, days: int) -> Look:
    return _watch(api, days).look(datetime.now(UTC))


@st.cache_resource
def _watch(_api: Api, days: int) -> Watch:
    return Watch(_api, days)


@st.cache_resource
def _shared() -> Shared:
    return Shared()


@st.cache_resource
def _pasts() -> Shared:
    return Shared(kept=12)
