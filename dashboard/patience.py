"""What a page does while the API is away: it says so, and tries again by itself."""

import time
from collections.abc import Callable

import streamlit as st

from dashboard.api import ApiError

AGAIN_S = 5.0
FAILED_AT = "failed at"


def insistent(draw: Callable[[], None]) -> None:
    """Draws, or says why not and draws the whole page again every few seconds until it succeeds."""
    try:
        draw()
    except ApiError as error:
        st.error(f"{error} This page goes on by itself when the API is back.")
        st.session_state[FAILED_AT] = time.monotonic()
        _again()


@st.fragment(run_every=AGAIN_S)
def _again() -> None:
    if time.monotonic() - st.session_state[FAILED_AT] > AGAIN_S / 2:
        st.rerun()
