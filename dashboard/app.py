"""The dashboard's entry point: `streamlit run dashboard/app.py`. Which pages there are, and nothing else."""

import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
from threading import Timer
from typing import Any

import streamlit as st

from dashboard.api import Api
from dashboard.frame import ICON, foot, page_bar
from dashboard.pages_map import map_page
from quake.settings import Settings

KEY = "QUAKE_API_KEY"
"""Environment variable with the key that this process shows the API; no browser ever gets it."""
LATER = {"model": "Model", "drift": "Drift", "ask": "Ask"}
"""Pages with tables and charts, which the first map does not wait for: pandas and Altair take seconds to import."""

IMPORT_AFTER_S = 3.0


@st.cache_resource(on_release=Api.close)
def open_api() -> Api:
    """The API that QUAKE_API_URL names, one client for all viewers."""
    return Api(Settings().api_url, key=os.environ.get(KEY, ""))


def main() -> None:
    """Draws the page that the address names."""
    st.set_page_config(page_title="Quakestream", page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
    api = open_api()
    event = st.Page(_page("event", api), title="Earthquake", url_path="event")

    def open_event(quake_id: str) -> None:
        st.switch_page(event, query_params={"quake_id": quake_id})

    first = st.Page(partial(map_page, api, open_event), title="Live map", url_path="map", default=True)
    pages = [first, event, *(st.Page(_page(name, api), title=title, url_path=name) for name, title in LATER.items())]
    page = st.navigation(pages, position="hidden")
    page_bar(pages)
    page.run()
    if page is not first:
        foot()
    _import_the_others()


def _page(name: str, api: Api) -> Callable[[], Any]:
    """The page `name`, imported when it is drawn."""
    return lambda: getattr(_module(name), f"{name}_page")(api)


def _module(name: str) -> Any:
    return import_module(f"dashboard.pages_{name}")


@st.cache_resource
def _import_the_others() -> None:
    """Once, when the first page has gone out: imports hold up what is being sent."""
    timer = Timer(IMPORT_AFTER_S, lambda: [_module(name) for name in ("event", *LATER)])
    timer.daemon = True
    timer.start()


main()
