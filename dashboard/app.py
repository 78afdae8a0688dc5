"""The dashboard's entry point: `streamlit run dashboard/app.py`. Which pages there are, and nothing else."""

import os
from functools import partial

import streamlit as st

from dashboard.api import Api
from dashboard.frame import ICON, foot, page_bar
from dashboard.pages_ask import ask_page
from dashboard.pages_drift import drift_page
from dashboard.pages_event import event_page
from dashboard.pages_map import map_page
from dashboard.pages_model import model_page
from quake.settings import Settings

KEY = "QUAKE_API_KEY"
"""Environment variable with the key that this process shows the API; no browser ever gets it."""


@st.cache_resource(on_release=Api.close)
def open_api() -> Api:
    """The API that QUAKE_API_URL names, one client for all viewers."""
    return Api(Settings().api_url, key=os.environ.get(KEY, ""))


def main() -> None:
    """Draws the page that the address names."""
    st.set_page_config(page_title="Quakestream", page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
    api = open_api()
    event = st.Page(partial(event_page, api), title="Earthquake", url_path="event")

    def open_event(quake_id: str) -> None:
        st.switch_page(event, query_params={"quake_id": quake_id})

    pages = [
        st.Page(partial(map_page, api, open_event), title="Live map", url_path="map", default=True),
        event,
        st.Page(partial(model_page, api), title="Model", url_path="model"),
        st.Page(partial(drift_page, api), title="Drift", url_path="drift"),
        st.Page(partial(ask_page, api), title="Ask", url_path="ask"),
    ]
    page = st.navigation(pages, position="hidden")
    page_bar(pages)
    page.run()
    if page is not pages[0]:
        foot()


main()
