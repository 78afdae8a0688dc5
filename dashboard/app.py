"""The dashboard's entry point: `streamlit run dashboard/app.py`. Which pages there are, and nothing else."""

from functools import partial

import streamlit as st

from dashboard.api import Api
from dashboard.pages_event import event_page
from dashboard.pages_map import map_page
from dashboard.pages_model import model_page
from quake.settings import Settings

STYLE = ".stMainBlockContainer { padding: 4.1rem 1.2rem 2rem; } [data-testid=stMetricValue] { font-size: 1.35rem; }"
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5cad"/>'
    '<path d="M3 17h6l3-9 5 17 4-12 2 4h6" fill="none" stroke="#fff" stroke-width="2.6"/></svg>'
)


@st.cache_resource(on_release=Api.close)
def open_api() -> Api:
    """The API that QUAKE_API_URL names, one client for all viewers."""
    return Api(Settings().api_url)


def main() -> None:
    """Draws the page that the address names."""
    st.set_page_config(page_title="Quakestream", page_icon=ICON, layout="wide")
    st.html(f"<style>{STYLE}</style>")
    api = open_api()
    event = st.Page(partial(event_page, api), title="Earthquake", url_path="event")

    def open_event(quake_id: str) -> None:
        st.switch_page(event, query_params={"quake_id": quake_id})

    pages = [
        st.Page(partial(map_page, api, open_event), title="Live map", url_path="map", default=True),
        event,
        st.Page(partial(model_page, api), title="Model", url_path="model"),
    ]
    st.navigation(pages, position="top").run()


main()
