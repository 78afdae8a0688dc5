"""The map in the browser: a Streamlit component (v2) of our own, because the ready-made ones need tiles from outside.

Two components: `quake_map` is mounted once and carries outlines and code; `quake_feed` carries data, a few kilobytes
at each refresh, and brings back what the reader chose. They meet in the browser (see assets/feed.js).
"""

import gzip
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.badge import NOTICE, Header
from dashboard.compact import ALERT_FIELDS, EVENT_FIELDS, Changes, Known
from dashboard.wish import WINDOWS
from quake.levels import FORECAST_PROBABILITIES, GAIN_MIN

ASSETS = Path(__file__).with_name("assets")
SCRIPTS = (
    "pack.js", "words.js", "world.js", "marks.js", "around.js", "layer.js", "chosen.js", "panel.js", "ledger.js",
    "wishes.js", "stream.js", "hands.js", "past.js", "picture.js", "map.js",
)  # fmt: skip
"""Joined in this order: each may use those before it."""
LEVELS = {
    "none": {"colour": "#8d99a6", "shape": "circle", "label": "none"},
    "green": {"colour": "#009e73", "shape": "circle", "label": "green"},
    "yellow": {"colour": "#f0e442", "shape": "diamond", "label": "yellow"},
    "orange": {"colour": "#e69f00", "shape": "triangle", "label": "orange"},
    "red": {"colour": "#d5301a", "shape": "square", "label": "red"},
}
"""Colours after Okabe and Ito (2008), told apart by colour-blind eyes too; the shape says the same again."""
HALO_FROM = 2
"""The forecast level from which an alert opens."""
HALO = {
    "from": HALO_FROM,
    "colour": "#c2459a",
    "label": f"M5+ within 7 days: {100 * FORECAST_PROBABILITIES[HALO_FROM - 1]:.0f}\u00a0% or more, "
    f"{GAIN_MIN:.0f} times a normal day",
}
"""The ring around an earthquake after which more is likelier than on a normal day."""
CHANGES = "changes"
"""Key of the feed that comes at each refresh; what the reader chose is its state."""


LARGE = 100
"""Changes from which on they are packed."""


def draw_map() -> None:
    """Mounts the map, which fills itself from what the functions below send."""
    _map()(key="map", data=_fixed())


def said(name: str) -> Any:
    """What the browser said last: `wish`, or for one run only `open` (a quake_id) and `ticket` (a number)."""
    state = st.session_state.get(CHANGES)
    return None if state is None else getattr(state, name, None)


def send_base(known: Known) -> None:
    """Gives the map all it should show."""
    _feed()(key="base", data=_packed_base(known))


def send_changes(changed: Changes, number: int, header: Header, **more: Any) -> None:
    """Gives the map what differs from the base of that `number`, its header, and where the stream is."""
    rows = {"events": changed.events, "alerts": changed.alerts, "gone": changed.gone}
    line = {"badges": header.badges, "feed_age_s": header.feed_age_s, "clock": header.clock, "counts": header.counts}
    data = {"part": "changes", "number": number, "problem": header.problem}
    heard = {f"on_{name}_change": _heard for name in ("wish", "open", "ticket")}
    told = data | line | rows | more
    _feed()(key=CHANGES, data=packed(told) if len(changed) >= LARGE else told, **heard)


def send(part: str, content: Any, name: str = "") -> None:
    """Gives the map `grid`, `places` or `ticket`. What is large has a `name`, with which the browser says it has it."""
    told = {"part": part, "content": content, "name": name}
    _feed()(key=part, data=packed(told) if name else told)


def packed(told: Any) -> bytes:
    """JSON, compressed once for all viewers rather than for each connection; assets/pack.js undoes it."""
    return gzip.compress(json.dumps(told, separators=(",", ":")).encode(), 6, mtime=0)


@lru_cache(maxsize=8)
def _packed_base(known: Known) -> bytes:
    data = {"part": "base", "number": known.number, "fields": EVENT_FIELDS, "alert_fields": ALERT_FIELDS}
    return packed(data | {"events": list(known.events.values()), "alerts": list(known.alerts.values())})


def _heard() -> None:
    """Streamlit asks for a callback of every name that a component may say; what is said is read with `said`."""


@cache
def _fixed() -> bytes:
    outlines = json.loads((ASSETS / "outlines.json").read_text())
    return packed({"outlines": outlines, "levels": LEVELS, "windows": WINDOWS, "notice": NOTICE, "halo": HALO})


def _script(*names: str) -> str:
    return "\n".join((ASSETS / name).read_text() for name in names)


@st.cache_resource
def _map() -> Any:
    html, css = (ASSETS / "map.html").read_text(), (ASSETS / "map.css").read_text()
    return st.components.v2.component("quake_map", html=html, css=css, js=_script(*SCRIPTS))


@st.cache_resource
def _feed() -> Any:
    return st.components.v2.component("quake_feed", js=_script("pack.js", "feed.js"))
