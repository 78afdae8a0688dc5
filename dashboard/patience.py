"""What a page does while the API is away: it says so, and tries again by itself."""

from collections.abc import Callable

import streamlit as st

from dashboard.api import ApiError


def patient(draw: Callable[[], None]) -> None:
    """Draws, or says why not; a fragment that runs every few seconds makes the page recover."""
    try:
        draw()
    except ApiError as error:
        st.error(f"{error} This page goes on by itself when the API is back.")
