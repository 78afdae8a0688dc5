"""The map in the browser: a Streamlit component (v2) of our own, because the ready-made ones need tiles from outside.

Two components: `quake_map` is mounted once and carries outlines and code; `quake_feed` carries data, a few kilobytes
at each refresh. They meet in the browser (see assets/feed.js).
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.badge import NOTICE, Header
from dashboard.compact import ALERT_FIELDS, EVENT_FIELDS, Changes, Known

ASSETS = Path(__file__).with_name("assets")
SCRIPTS = ("world.js", "marks.js", "panel.js", "stream.js", "hands.js", "map.js")
"""Joined in this order: each may use those before it."""
LEVELS = {
    "none": {"colour": "#8d99a6", "shape": "circle", "label": "no alert"},
    "green": {"colour": "#009e73", "shape": "circle", "label": "green"},
    "yellow": {"colour": "#f0e442", "shape": "diamond", "label": "yellow"},
    "orange": {"colour": "#e69f00", "shape": "triangle", "label": "orange"},
    "red": {"colour": "#d5301a", "shape": "square", "label": "red"},
}
"""Colours after Okabe and Ito (2008), told apart by colour-blind eyes too; the shape says the same again."""


def draw_map() -> str | None:
    """Mounts the map, which fills itself from `send_base` and `send_changes`; the `quake_id` just asked for, if any."""
    data = {"outlines": _outlines(), "levels": LEVELS, "notice": NOTICE}
    return _map()(key="map", data=data, on_open_change=lambda: None).open


def send_base(known: Known, number: int) -> None:
    """Gives the map all it should show; `number` ties the changes that follow to it."""
    data = {"part": "base", "number": number, "fields": EVENT_FIELDS, "alert_fields": ALERT_FIELDS}
    _feed()(key="base", data=data | {"events": list(known.events.values()), "alerts": list(known.alerts.values())})


def send_changes(changed: Changes, number: int, header: Header, empty: str, stream_url: str | None) -> None:
    """Gives the map what differs from base `number`, and its header."""
    rows = {"events": changed.events, "alerts": changed.alerts, "gone": changed.gone}
    line = {"badges": header.badges, "feed_age_s": header.feed_age_s, "clock": header.clock, "counts": header.counts}
    data = {"part": "changes", "number": number, "problem": header.problem, "empty": empty, "stream_url": stream_url}
    _feed()(key="changes", data=data | line | rows)


@cache
def _outlines() -> dict[str, Any]:
    return json.loads((ASSETS / "outlines.json").read_text())


@st.cache_resource
def _map() -> Any:
    script = "\n".join((ASSETS / name).read_text() for name in SCRIPTS)
    html, css = (ASSETS / "map.html").read_text(), (ASSETS / "map.css").read_text()
    return st.components.v2.component("quake_map", html=html, css=css, js=script)


@st.cache_resource
def _feed() -> Any:
    return st.components.v2.component("quake_feed", js=(ASSETS / "feed.js").read_text())
